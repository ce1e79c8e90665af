import { endOfString } from './json-place.ts';

/** From the outermost value to one within: names of members, places in arrays. */
export type JsonPath = readonly (string | number)[];

/** `[start, end)` in a text. */
export type TextSpan = readonly [start: number, end: number];

interface Wanted {
  readonly below: Map<string | number, Wanted>;
  readonly places: number[];
}

/**
 * Where values stand in JSON text, each by its path; undefined where there is none. The text must be valid JSON, of bounded depth and without
 * duplicate names (`parseStrictJson`).
 */
export function spansOfValues(text: string, paths: readonly JsonPath[]): (TextSpan | undefined)[] {
  const root: Wanted = { below: new Map(), places: [] };
  for (const [index, path] of paths.entries()) {
    let node = root;
    for (const step of path) {
      const next = node.below.get(step) ?? { below: new Map(), places: [] };
      node.below.set(step, next);
      node = next;
    }
    node.places.push(index);
  }
  const spans: (TextSpan | undefined)[] = paths.map(() => undefined);
  visit(text, skipSpace(text, 0), { wanted: root, spans });
  return spans;
}

interface Visit {
  readonly wanted: Wanted | undefined;
  readonly spans: (TextSpan | undefined)[];
}

/** Gives the end of the value that begins at `start`. */
function visit(text: string, start: number, { wanted, spans }: Visit): number {
  const code = text.charCodeAt(start);
  let end: number;
  if (!wanted || wanted.below.size === 0) end = endOfValue(text, start);
  else if (code === openBrace) end = visitObject(text, start, { wanted, spans });
  else if (code === openBracket) end = visitArray(text, start, { wanted, spans });
  else end = endOfValue(text, start);
  for (const place of wanted?.places ?? []) spans[place] = [start, end];
  return end;
}

function visitObject(text: string, start: number, { wanted, spans }: Visit): number {
  let at = skipSpace(text, start + 1);
  while (text.charCodeAt(at) === quote) {
    const nameEnd = endOfString(text, at) + 1;
    const written = text.slice(at + 1, nameEnd - 1);
    const name = written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written;
    at = skipSpace(text, skipSpace(text, nameEnd) + 1);
    at = skipSpace(text, visit(text, at, { wanted: wanted?.below.get(name), spans }));
    if (text.charCodeAt(at) !== comma) break;
    at = skipSpace(text, at + 1);
  }
  return at + 1;
}

function visitArray(text: string, start: number, { wanted, spans }: Visit): number {
  let at = skipSpace(text, start + 1);
  for (let index = 0; text.charCodeAt(at) !== closeBracket && at < text.length; index++) {
    at = skipSpace(text, visit(text, at, { wanted: wanted?.below.get(index), spans }));
    if (text.charCodeAt(at) !== comma) break;
    at = skipSpace(text, at + 1);
  }
  return at + 1;
}

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return endOfString(text, start) + 1;
  if (first !== openBrace && first !== openBracket) return endOfScalar(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === openBrace || code === openBracket) depth++;
    else if ((code === closeBrace || code === closeBracket) && --depth === 0) return at + 1;
  }
  return text.length;
}

function endOfScalar(text: string, start: number): number {
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isSpace(code) || code === comma || code === closeBracket || code === closeBrace) break;
  }
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
