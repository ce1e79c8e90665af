import { isUtf8 } from 'node:buffer';

/** Where in a text something stands, as an editor counts. */
export function placeAt(text: string, index: number): string {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return `line ${line} column ${index - lineStart + 1}`;
}

/** Where `JSON.parse` stopped. It says so itself, except where a value should stand and something else does. */
export function placeOfSyntaxError(error: unknown, text: string): string {
  if (text.trim() === '' && !text.includes('\ufeff')) return ': the body is empty';
  const match = error instanceof Error ? /at position (\d+)/.exec(error.message) : null;
  return ` at ${placeAt(text, match ? Number(match[1]) : indexOfNoValue(text))}`;
}

/** The index of the first place where a value should stand and none does; the end of the text where there is no such place. */
function indexOfNoValue(text: string): number {
  const token = /[ \t\r\n]*(?:([{[]|[,:])|([}\]])|"|(?:true|false|null|-?\d[\d.eE+-]*)(?![A-Za-z]))/y;
  let wantsValue = true;
  let opened = false;
  for (let index = 0; index < text.length; index = token.lastIndex) {
    token.lastIndex = index;
    const found = token.exec(text);
    if (!found) return index + (/^[ \t\r\n]*/.exec(text.slice(index, index + 65_536))?.[0].length ?? 0);
    const mark = found[1] ?? found[2] ?? '';
    const markIndex = token.lastIndex - 1;
    const misplaced = mark === ',' || mark === ':' || (mark === ']' && !opened) || mark === '}';
    if (misplaced && wantsValue) return markIndex;
    wantsValue = found[1] !== undefined && mark !== '{';
    opened = mark === '[';
    if (mark === '' && text[markIndex] === '"') token.lastIndex = endOfString(text, markIndex) + 1;
  }
  return text.length;
}

/** The index of the closing quote of the string that opens at `start`, or -1. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === 0x5c) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return -1;
}

const windowBytes = 4096;

/**
 * The index of the first byte that begins no UTF-8 character. Windows that begin and end between characters; in the one that is bad, the
 * longest beginning that a decoder takes as far as it goes.
 */
export function firstInvalidByte(bytes: Buffer): number {
  let start = 0;
  while (start < bytes.length) {
    const window = bytes.subarray(start, start + windowBytes);
    const valid = longestValid(window);
    const whole = start + window.length === bytes.length;
    // A window may end inside a character, at most three bytes before its end.
    if (valid < window.length - 3 || whole) return start + valid;
    start += valid;
  }
  return bytes.length;
}

/** Bytes at the beginning that are whole characters. */
function longestValid(window: Buffer): number {
  let [good, bad] = [0, window.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (mayGoOn(window.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  while (!isUtf8(window.subarray(0, good))) good--;
  return good;
}

/** Whether the bytes are UTF-8 as far as they go; the last character may be unfinished. */
function mayGoOn(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
