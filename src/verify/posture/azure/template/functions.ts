import { Field } from '../../field.ts';
import { Undecided } from '../undecided.ts';

/** The longest text and list that an expression may make. */
export const longest = 100_000;

/** Works on values that are known; undefined where it makes nothing of them. */
type KnownFunction = (...given: readonly unknown[]) => unknown;

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Undecided);

const listOf = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);

const lengthOf = (value: unknown): number | undefined => {
  if (isText(value) || Array.isArray(value)) return value.length;
  return isMapping(value) ? Object.keys(value).length : undefined;
};

/** Text and simple values as they stand in another text. */
const textOf = (value: unknown): string | undefined => {
  if (isText(value)) return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return isNumber(value) ? String(value) : undefined;
};

const compare =
  (holds: (a: number | string, b: number | string) => boolean): KnownFunction =>
  (a, b) =>
    (isNumber(a) && isNumber(b)) || (isText(a) && isText(b)) ? holds(a, b) : undefined;

const count =
  (sum: (a: number, b: number) => number): KnownFunction =>
  (a, b) =>
    isNumber(a) && isNumber(b) ? sum(a, b) : undefined;

const onText =
  (change: (text: string) => unknown): KnownFunction =>
  (text) =>
    isText(text) ? change(text) : undefined;

function isEqual(a: unknown, b: unknown): boolean | undefined {
  if (isText(a) && isText(b)) return a === b;
  const isSimple = (value: unknown): boolean => value === null || typeof value !== 'object';
  if (isSimple(a) && isSimple(b)) return a === b;
  return isSimple(a) === isSimple(b) ? undefined : false;
}

function contains(container: unknown, sought: unknown): boolean | undefined {
  if (isText(container)) return isText(sought) ? container.includes(sought) : undefined;
  if (Array.isArray(container)) return container.includes(sought);
  if (!isMapping(container) || !isText(sought)) return undefined;
  return Object.keys(container).some((name) => name.toLowerCase() === sought.toLowerCase());
}

function union(...given: readonly unknown[]): unknown {
  if (given.reduce<number>((sum, one) => sum + (lengthOf(one) ?? 0), 0) > longest) return undefined;
  if (given.every(Array.isArray)) return [...new Set(given.flat())];
  const budget = { left: longest };
  const merged = given.every(isMapping)
    ? given.reduce<unknown>((a, b) => merge(a, b, budget), {})
    : undefined;
  return budget.left > 0 ? merged : undefined;
}

/** Mappings in both are merged in turn; of anything else the later one stays. */
function merge(a: unknown, b: unknown, budget: { left: number }): unknown {
  if (a === b || !isMapping(a) || !isMapping(b)) return b;
  const members = new Map(Object.entries(a));
  for (const [name, value] of Object.entries(b)) {
    budget.left -= 1;
    if (budget.left <= 0) return undefined;
    members.set(name, members.has(name) ? merge(members.get(name), value, budget) : value);
  }
  return Object.fromEntries(members);
}

function replaceAll(text: unknown, sought: unknown, by: unknown): unknown {
  if (!isText(text) || !isText(sought) || !isText(by) || sought === '') return undefined;
  const parts = text.split(sought);
  return text.length + parts.length * by.length > longest ? undefined : parts.join(by);
}

/** Without merging what is in them. */
function shallowMerge(given: unknown): unknown {
  const all = listOf(given);
  if (!all?.every(isMapping) || all.length > 1000) return undefined;
  return Object.fromEntries(all.flatMap((one) => Object.entries(one)));
}

function createObject(...given: readonly unknown[]): unknown {
  const pairs: (readonly [string, unknown])[] = [];
  for (let index = 0; index + 1 < given.length; index += 2) {
    const name = given[index];
    if (!isText(name)) return undefined;
    pairs.push([name, given[index + 1]]);
  }
  return Object.fromEntries(pairs);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Deeper values are read by the name of their members. */
export function memberOf(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) return isNumber(key) ? value[key] : undefined;
  if (!isText(key)) return undefined;
  const own = new Field(value).at(key);
  if (own.value !== undefined) return own.value;
  const lower = key.toLowerCase();
  return new Field(value).members().find(([name]) => name.toLowerCase() === lower)?.[1].value;
}

/** Functions whose arguments all have to be known. Names in lower case: Azure takes them in any. */
export const knownFunctions: ReadonlyMap<string, KnownFunction> = new Map<string, KnownFunction>([
  ['true', () => true],
  ['false', () => false],
  ['null', () => null],
  ['not', (value) => (typeof value === 'boolean' ? !value : undefined)],
  ['equals', isEqual],
  [
    'empty',
    (value) => (value === null ? true : lengthOf(value) === undefined ? undefined : lengthOf(value) === 0),
  ],
  ['length', lengthOf],
  ['contains', contains],
  ['less', compare((a, b) => a < b)],
  ['lessorequals', compare((a, b) => a <= b)],
  ['greater', compare((a, b) => a > b)],
  ['greaterorequals', compare((a, b) => a >= b)],
  ['add', count((a, b) => a + b)],
  ['sub', count((a, b) => a - b)],
  ['mul', count((a, b) => a * b)],
  ['tolower', onText((text) => text.toLowerCase())],
  ['toupper', onText((text) => text.toUpperCase())],
  ['trim', onText((text) => text.trim())],
  ['json', onText(readJson)],
  [
    'bool',
    (value) =>
      isText(value) ? value.toLowerCase() === 'true' : typeof value === 'boolean' ? value : undefined,
  ],
  [
    'int',
    (value) =>
      isText(value) && /^-?\d{1,15}$/.test(value) ? Number(value) : isNumber(value) ? value : undefined,
  ],
  ['string', textOf],
  [
    'startswith',
    (text, start) =>
      isText(text) && isText(start) ? text.toLowerCase().startsWith(start.toLowerCase()) : undefined,
  ],
  [
    'endswith',
    (text, end) => (isText(text) && isText(end) ? text.toLowerCase().endsWith(end.toLowerCase()) : undefined),
  ],
  ['split', (text, by) => (isText(text) && isText(by) && by !== '' ? text.split(by) : undefined)],
  ['first', (list) => listOf(list)?.[0]],
  ['last', (list) => listOf(list)?.at(-1)],
  ['array', (value) => listOf(value) ?? [value]],
  ['createarray', (...given) => given],
  ['createobject', createObject],
  ['union', union],
  ['shallowmerge', shallowMerge],
  ['replace', replaceAll],
  ['tryget', (value, ...keys) => keys.reduce(memberOf, value) ?? null],
]);

/** Functions that put texts together, of which a part may be open: `{parameters('name')}-aks` is still a name. */
export const textFunctions: ReadonlyMap<string, (given: readonly unknown[]) => string | undefined> = new Map([
  ['concat', (given: readonly unknown[]) => joined(given)],
  ['format', ([pattern, ...given]: readonly unknown[]) => format(pattern, given)],
  ['resourceid', resourceId],
  ['subscriptionresourceid', resourceId],
  ['tenantresourceid', resourceId],
  ['managementgroupresourceid', resourceId],
  ['extensionresourceid', ([scope, ...given]: readonly unknown[]) => joined([scope, resourceId(given)])],
]);

const partText = (value: unknown): string | undefined =>
  value instanceof Undecided ? value.text : textOf(value);

function joined(given: readonly unknown[]): string | undefined {
  let text = '';
  for (const one of given.map(partText)) {
    if (one === undefined || text.length > longest) return undefined;
    text += one;
  }
  return text;
}

function format(pattern: unknown, given: readonly unknown[]): string | undefined {
  if (!isText(pattern)) return undefined;
  return pattern.replace(/\{(\d+)[^}]*\}/g, (_, place: string) => partText(given[Number(place)]) ?? '{}');
}

/** Without subscription and group, which may stand before the type. */
function resourceId(given: readonly unknown[]): string | undefined {
  const texts = given.map(partText);
  const start = texts.findIndex((text) => text?.includes('/'));
  const [type, ...names] = texts.slice(Math.max(0, start));
  if (type === undefined || !names.every(isText)) return undefined;
  const [provider = '', ...types] = type.split('/');
  const pairs = types.map((one, index) => `${one}/${names[index] ?? ''}`);
  return `/providers/${[provider, ...pairs].join('/')}`;
}
