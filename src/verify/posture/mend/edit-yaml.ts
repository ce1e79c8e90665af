import { isDeepStrictEqual } from 'node:util';
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { SetPatch } from './patch.ts';
import type { FieldPath } from '../field.ts';
import { isMergeKey, parseYaml, readYaml } from '../source/yaml.ts';

/** A value to set in one document of a text; the path is from the top of the document. */
export interface TextPatch extends SetPatch {
  readonly document: number;
}

export interface EditedText {
  readonly text: string;
  readonly applied: readonly TextPatch[];
  /** What was left as it is, and why. */
  readonly left: readonly { readonly patch: TextPatch; readonly reason: string }[];
}

interface Insertion {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Planned = Insertion | { readonly reason: string };

/**
 * Sets values in YAML or JSON by the places of its nodes and touches nothing else: comments, order, quotes and blank lines stay. What stands behind an
 * anchor, an alias or a merge is left, since a change there would change other places too. The text is read again after each change, and a text that
 * does not say just what it should is not taken.
 */
export function editYaml(text: string, patches: readonly TextPatch[]): EditedText {
  const applied: TextPatch[] = [];
  const left: { patch: TextPatch; reason: string }[] = [];
  let current = text;
  let open = patches;
  while (open.length > 0) {
    const round = planRound(current, open);
    left.push(...round.left);
    const edited = apply(current, round.insertions);
    if (!saysJust(edited, current, round.taken)) {
      const reason = 'its layout is one that a change could break';
      left.push(...[...round.taken, ...round.later].map((patch) => ({ patch, reason })));
      break;
    }
    current = edited;
    applied.push(...round.taken);
    open = round.later;
  }
  return { text: current, applied, left };
}

/** Changes that fall on the same place wait for the next round, when the first of them has made what they go into. */
function planRound(text: string, patches: readonly TextPatch[]) {
  const { documents } = parseYaml(text);
  const insertions: Insertion[] = [];
  const places = new Set<number>();
  const taken: TextPatch[] = [];
  const later: TextPatch[] = [];
  const left: { patch: TextPatch; reason: string }[] = [];
  for (const patch of patches) {
    const document = documents[patch.document];
    const planned = document ? plan(document, patch, text) : { reason: 'it is gone' };
    if ('reason' in planned) left.push({ patch, reason: planned.reason });
    else if (places.has(planned.start)) later.push(patch);
    else {
      places.add(planned.start);
      insertions.push(planned);
      taken.push(patch);
    }
  }
  return { insertions, taken, later, left };
}

function apply(text: string, insertions: readonly Insertion[]): string {
  let edited = '';
  let from = 0;
  for (const { start, end, text: added } of insertions.toSorted((a, b) => a.start - b.start)) {
    edited += text.slice(from, start) + added;
    from = end;
  }
  return edited + text.slice(from);
}

const shared = { reason: 'it stands behind an anchor or a merge, which other places share' };

function plan(document: Document.Parsed, { set: path, value }: TextPatch, text: string): Planned {
  let node: unknown = document.contents;
  for (const [depth, part] of path.entries()) {
    if (isAlias(node) || (isScalar(node) && node.anchor) || (isCollection(node) && node.anchor))
      return shared;
    if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      continue;
    }
    if (!isMap(node)) return { reason: 'what stands above it is no mapping' };
    const pair = pairOf(node, part);
    // A member of its own would hide a mapping that is merged in, not add to it.
    const hides = depth < path.length - 1 && node.items.some(({ key }) => isMergeKey(key));
    if (!pair && hides) return shared;
    if (!pair) return insertInto(node, { missing: path.slice(depth), value, text });
    if (isNull(pair.value)) return fillNull(pair, { missing: path.slice(depth + 1), value, text });
    node = pair.value;
  }
  if (!isScalar(node) || node.anchor || !node.range) return shared;
  return { start: node.range[0], end: node.range[1], text: inlineText(value, isJson(node)) };
}

function pairOf(map: YAMLMap, part: string | number): Pair | undefined {
  return map.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
}

const isNull = (node: unknown): boolean => node === null || (isScalar(node) && node.value === null);
const isJson = (node: unknown): boolean => isScalar(node) && node.type === 'QUOTE_DOUBLE';

interface Addition {
  readonly missing: FieldPath;
  readonly value: SetPatch['value'];
  readonly text: string;
}

/** `key:` with nothing behind it, or with `null`. */
function fillNull({ key, value: node }: Pair, { missing, value, text }: Addition): Planned {
  const [start = 0, end = 0] = isScalar(node) ? (node.range ?? []) : [];
  const quoted = isJson(key);
  const filling = nested(missing, value, quoted);
  // An empty value has its place somewhere behind the colon, maybe after comments.
  if (start !== end) return { start, end, text: filling };
  const keyEnd = (key as Scalar).range?.[1] ?? 0;
  const colon = text.indexOf(':', keyEnd) + 1;
  return { start: colon, end: colon, text: ` ${filling}` };
}

function insertInto(map: YAMLMap, { missing, value, text }: Addition): Planned {
  const [start = 0, end = 0] = map.range ?? [];
  const last = map.items.at(-1);
  const quoted = isJson(map.items[0]?.key) || (map.items.length === 0 && /^\s*\{/.test(text));
  const [name = '', ...below] = missing;
  if (!last) return { start, end, text: nested(missing, value, quoted) };
  const place = endOf(last);
  if (map.flow) {
    const keyStart = keyStartOf(last);
    const before = text.slice(text.lastIndexOf('\n', keyStart - 1) + 1, keyStart);
    const gap = keyStart > start && /^\s*$/.test(before) ? `${eolOf(text)}${before}` : ' ';
    return {
      start: place,
      end: place,
      text: `,${gap}${pairText(String(name), nested(below, value, quoted), quoted)}`,
    };
  }
  const first = keyStartOf(map.items[0]);
  const indent = first - (text.lastIndexOf('\n', first - 1) + 1);
  return insertLines(text, place, blockLines(missing, value, indent));
}

const keyStartOf = (pair: Pair | undefined): number => (isScalar(pair?.key) ? (pair.key.range?.[0] ?? 0) : 0);

/** Behind the line on which something ends. */
function insertLines(text: string, place: number, lines: readonly string[]): Insertion {
  const eol = eolOf(text);
  const added = lines.join(eol);
  if (place > 0 && text[place - 1] === '\n') return { start: place, end: place, text: added + eol };
  const next = text.indexOf('\n', place);
  if (next < 0) return { start: text.length, end: text.length, text: eol + added };
  return { start: next + 1, end: next + 1, text: added + eol };
}

const eolOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** The end of the last thing in it; the end of a collection itself may lie behind comments. */
function endOf({ key, value }: Pair): number {
  const node = value as { range?: readonly number[] } | null;
  if ((isMap(value) || isSeq(value)) && !value.flow) {
    const last: unknown = value.items.at(-1);
    if (isMap(value) && last) return endOf(last as Pair);
    if (isSeq(value) && last) return endOf({ key, value: last } as Pair);
  }
  const keyEnd = (key as Scalar).range?.[1] ?? 0;
  // An empty value may have its place on a later line.
  return isNull(value) && node?.range?.[0] === node?.range?.[1] ? keyEnd : (node?.range?.[1] ?? keyEnd);
}

function blockLines(path: FieldPath, value: SetPatch['value'], indent: number): string[] {
  return path.map((part, depth) => {
    const end = depth === path.length - 1 ? ` ${inlineText(value, false)}` : '';
    return `${' '.repeat(indent + 2 * depth)}${String(part)}:${end}`;
  });
}

function nested(path: FieldPath, value: SetPatch['value'], quoted: boolean): string {
  return path.reduceRight<string>(
    (inner, part) => `{${pairText(String(part), inner, quoted)}}`,
    inlineText(value, quoted),
  );
}

function pairText(name: string, value: string, quoted: boolean): string {
  return `${quoted ? JSON.stringify(name) : name}: ${value}`;
}

/** A word that no version of YAML takes for anything but a text stands as it is. */
function inlineText(value: SetPatch['value'], quoted: boolean): string {
  const isPlain = typeof value !== 'string' || /^[A-Z][a-z]+[A-Z][A-Za-z]+$/.test(value);
  return isPlain && !(quoted && typeof value === 'string') ? String(value) : JSON.stringify(value);
}

/** Whether the edited text says what the text said, and the patches, and nothing else. */
function saysJust(edited: string, text: string, patches: readonly TextPatch[]): boolean {
  const before = readYaml(text);
  const after = readYaml(edited);
  if (after.problems.length > 0 || before.documents.length !== after.documents.length) return false;
  return before.documents.every(({ value, index }, place) => {
    const wanted = structuredClone(value);
    for (const patch of patches) if (patch.document === index) setIn(wanted, patch);
    return isDeepStrictEqual(wanted, after.documents[place]?.value);
  });
}

function setIn(root: unknown, { set: path, value }: TextPatch): void {
  let at = root as Record<string | number, unknown>;
  for (const part of path.slice(0, -1)) {
    at[part] ??= {};
    at = at[part] as Record<string | number, unknown>;
  }
  at[path.at(-1) ?? ''] = value;
}
