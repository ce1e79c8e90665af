import { isUtf8 } from 'node:buffer';
import { endOfString, firstInvalidByte, placeAt, placeOfSyntaxError } from './json-place.ts';
import { type JsonObject, type JsonValue, readJsonValue } from './json-value.ts';

export type { JsonObject, JsonValue } from './json-value.ts';

export type StrictJson =
  | { readonly ok: true; readonly value: JsonValue; readonly text: string }
  /** `problem` names the kind of error and its place, and holds nothing of the text. */
  | {
      readonly ok: false;
      readonly problem: string;
      /** There was no memory for it: not the document's fault. */
      readonly overloaded?: true;
    };

const quote = 0x22;
const colon = 0x3a;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** What one document may take. */
export interface JsonBounds {
  readonly maxDepth: number;
  /** Objects, arrays and strings, names among them. Numbers are bounded by the length of the text. */
  readonly maxValues: number;
  /** Asked for the memory that the parsed document will take, in bytes, before it is made; false refuses it. */
  takeMemory(bytes: number): boolean;
}

/** Bytes of memory for each value of a parsed document, measured on V8 without pointer compression and rounded up. */
const memoryOf = { character: 2, object: 64, member: 24, string: 32, element: 8 } as const;

/**
 * Parses JSON as the gate and every service behind it must agree on it: valid UTF-8, no byte order mark, at most `maxDepth` levels, no name
 * twice in an object (RFC 8259 section 4 leaves the meaning of duplicates open, and two parsers that differ are a way
 * past a policy). Names are compared after unescaping, so `"model"` and `"\u006dodel"` are the same name.
 */
export function parseStrictJson(bytes: Buffer, bounds: number | JsonBounds): StrictJson {
  const maxDepth = typeof bounds === 'number' ? bounds : bounds.maxDepth;
  if (!isUtf8(bytes)) return { ok: false, problem: `invalid UTF-8 at byte ${firstInvalidByte(bytes)}` };
  const text = bytes.toString('utf8');
  const shape = scanShape(
    text,
    maxDepth,
    typeof bounds === 'number' ? Number.POSITIVE_INFINITY : bounds.maxValues,
  );
  if (typeof shape === 'string') return { ok: false, problem: shape };
  if (typeof bounds !== 'number' && !bounds.takeMemory(memoryFor(text, shape)))
    return { ok: false, problem: 'no memory for it', overloaded: true };

  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
    if (shape.namesEscaped) value = readJsonValue(text);
  } catch (error) {
    return { ok: false, problem: `not JSON${placeOfSyntaxError(error, text)}` };
  }
  // Every member of the text has one colon outside strings. Fewer names in the value than colons: some name stood twice.
  if (countMembers(value) !== shape.members) {
    return { ok: false, problem: `duplicate name at ${placeOfDuplicate(text)}` };
  }
  return { ok: true, value, text };
}

interface Shape {
  readonly members: number;
  /** Objects and arrays. */
  readonly objects: number;
  /** Names among them. */
  readonly strings: number;
  readonly commas: number;
  /** Some name is written with an escape. */
  readonly namesEscaped: boolean;
}

function scanShape(text: string, maxDepth: number, maxValues: number): Shape | string {
  let depth = 0;
  let members = 0;
  let objects = 0;
  let strings = 0;
  let commas = 0;
  let nextEscape = text.indexOf('\\');
  let lastStringEscaped = false;
  let namesEscaped = false;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case quote: {
        const end = endOfString(text, index);
        if (end < 0) return `unterminated string at ${placeAt(text, index)}`;
        if (nextEscape >= 0 && nextEscape < index) nextEscape = text.indexOf('\\', index);
        lastStringEscaped = nextEscape >= 0 && nextEscape < end;
        if (++strings + objects > maxValues) return `more than ${maxValues} values`;
        index = end;
        break;
      }
      case comma:
        commas++;
        break;
      case colon:
        members++;
        namesEscaped ||= lastStringEscaped;
        break;
      case openBrace:
      case openBracket:
        if (++objects + strings > maxValues) return `more than ${maxValues} values`;
        if (++depth > maxDepth) return `more than ${maxDepth} levels deep at ${placeAt(text, index)}`;
        break;
      case closeBrace:
      case closeBracket:
        depth--;
        break;
    }
  }
  return { members, objects, strings, commas, namesEscaped };
}

function memoryFor(text: string, { members, objects, strings, commas }: Shape): number {
  return (
    text.length * memoryOf.character +
    objects * memoryOf.object +
    members * memoryOf.member +
    strings * memoryOf.string +
    commas * memoryOf.element
  );
}

function countMembers(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[])
      if (typeof item === 'object') count += countMembers(item);
    return count;
  }
  for (const name in value as JsonObject) {
    count++;
    const member = (value as JsonObject)[name];
    if (typeof member === 'object' && member !== null) count += countMembers(member);
  }
  return count;
}

/**
 * Where a top-level member's value stands in the text: `[start, end)`. Of equal names the last counts, as with `JSON.parse`. Undefined where the text is no
 * object, is cut off, or has no such member. One pass that builds nothing: it is on the path of every call.
 */
export function spanOfMember(text: string, name: string): readonly [number, number] | undefined {
  let depth = 0;
  let start = -1;
  let found: readonly [number, number] | undefined;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case quote: {
        const end = endOfString(text, index);
        if (end < 0) return undefined;
        const after = depth === 1 ? skipSpace(text, end + 1) : end;
        if (text.charCodeAt(after) === colon && says(text.slice(index + 1, end), name))
          start = skipSpace(text, after + 1);
        index = end;
        break;
      }
      case comma:
        if (depth !== 1 || start < 0) break;
        found = [start, endBefore(text, index)];
        start = -1;
        break;
      case openBrace:
      case openBracket:
        depth++;
        break;
      case closeBrace:
      case closeBracket:
        if (--depth > 0) break;
        return start < 0 ? found : [start, endBefore(text, index)];
    }
  }
  return undefined;
}

/** Whether what stands between two quotes says `name`, which holds no backslash. */
function says(written: string, name: string): boolean {
  return written === name || (written.includes('\\') && JSON.parse(`"${written}"`) === name);
}

/**
 * The value of one top-level member, of which alone is parsed: an answer may hold a megabyte of numbers beside it. Undefined where `spanOfMember` finds
 * none. Throws SyntaxError for what is no JSON.
 */
export function readMember(text: string, name: string): JsonValue | undefined {
  const span = spanOfMember(text, name);
  return span && (JSON.parse(text.slice(...span)) as JsonValue);
}

/** The text with one top-level member set; all else stays as it was, byte for byte. The text must be a valid JSON object. */
export function withMember(text: string, name: string, value: string): string {
  const span = spanOfMember(text, name);
  return span ? text.slice(0, span[0]) + value + text.slice(span[1]) : withFirstMember(text, name, value);
}

/** The same for a member that is known not to be there. */
export function withFirstMember(text: string, name: string, value: string): string {
  const open = text.indexOf('{');
  const rest = text.slice(open + 1);
  const separator = /^\s*\}/.test(rest) ? '' : ',';
  return `${text.slice(0, open + 1)}${JSON.stringify(name)}:${value}${separator}${rest}`;
}

interface Member {
  /** The object the member belongs to, as an identity. */
  readonly owner: object;
  readonly name: string;
  readonly nameStart: number;
}

/** Visits the members of valid JSON text in the order their values end; stops when `visit` returns true. */
function walkMembers(text: string, visit: (member: Member) => boolean): void {
  const open: { isObject: boolean; name: string; nameStart: number; inValue: boolean }[] = [];
  const finish = (): boolean => {
    const top = open.at(-1);
    if (!top?.isObject || !top.inValue) return false;
    top.inValue = false;
    return visit({ owner: top, name: top.name, nameStart: top.nameStart });
  };
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const top = open.at(-1);
    if (code === quote) {
      const end = endOfString(text, index);
      if (top?.isObject && !top.inValue) {
        top.name = JSON.parse(text.slice(index, end + 1)) as string;
        top.nameStart = index;
      }
      index = end;
    } else if (code === colon && top) {
      top.inValue = true;
    } else if (code === openBrace || code === openBracket) {
      open.push({ isObject: code === openBrace, name: '', nameStart: 0, inValue: false });
    } else if (code === closeBrace || code === closeBracket) {
      if (finish()) return;
      open.pop();
    } else if (code === comma && finish()) return;
  }
}

function skipSpace(text: string, from: number): number {
  let index = from;
  while (isSpace(text.charCodeAt(index))) index++;
  return index;
}

function endBefore(text: string, from: number): number {
  let end = from;
  while (isSpace(text.charCodeAt(end - 1))) end--;
  return end;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function placeOfDuplicate(text: string): string {
  const namesOf = new Map<object, Set<string>>();
  let place = 'an unknown place';
  walkMembers(text, ({ owner, name, nameStart }) => {
    const names = namesOf.get(owner) ?? new Set();
    namesOf.set(owner, names);
    if (names.has(name)) {
      place = placeAt(text, nameStart);
      return true;
    }
    names.add(name);
    return false;
  });
  return place;
}
