import { classOf, isDigit, solid } from './characters.ts';

/** The longest word of which the beginning still counts, and so the most that is held back for a word that has not ended. */
export const longestWord = 80;

/** Where the last word begins, also when one space follows it: what comes next may make it part of a match. */
export function startOfTail(text: string): number {
  const least = Math.max(0, text.length - longestWord);
  let at = text.length;
  if (at > least && text.charCodeAt(at - 1) === 0x20) at--;
  while (at > least && isTail(text.charCodeAt(at - 1))) at--;
  return at;
}

function isTail(code: number): boolean {
  return (code > 0x20 && code < 0x7f) || (classOf(code) & solid) !== 0;
}

/** Whether a number is a part of a longer one: of a version, a UUID, a decimal fraction, an identifier. */
export function isJoined(text: string, start: number, end: number): boolean {
  return (
    (isJoint(text.charCodeAt(start - 1)) && isDigit(text.charCodeAt(start - 2))) ||
    (isJoint(text.charCodeAt(end)) && isDigit(text.charCodeAt(end + 1)))
  );
}

const isJoint = (code: number): boolean => code === 0x2d || code === 0x2e || code === 0x5f;
