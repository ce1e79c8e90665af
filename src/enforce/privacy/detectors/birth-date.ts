import type { Detector, Place, Span, Wait } from '../detector.ts';
import { isDigit } from '../scan/characters.ts';
import { isDate } from './check-digits.ts';

const months =
  'jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?|sep(?:t(?:ember)?)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre';
const dayFirst = new RegExp(
  `^\\d{1,2}(?:st|nd|rd|th|\\.)?(?: de)? (?:${months})\\.?,?(?: de)? (?:19|20)\\d{2}(?!\\d)`,
  'i',
);
const monthFirst = new RegExp(`^(?:${months})\\.? \\d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\\d{2}(?!\\d)`, 'i');
const monthBefore = new RegExp(`(?<!\\p{L})(?:${months})\\.? $`, 'iu');
const longest = 40;
const space = 0x20;

/** `12 March 1984`, `March 12, 1984`, in a few languages. */
function findWritten({ text, at, wordEnd, end }: Place): Span | Wait | undefined {
  // A day has one or two digits; a month stands before it or behind.
  const digits = isDigit(text.charCodeAt(at + 1)) ? 2 : 1;
  if (isDigit(text.charCodeAt(at + digits))) return undefined;
  const isBehind = text.charCodeAt(at - 1) === space && !isDigit(text.charCodeAt(at - 2));
  const before = isBehind ? monthBefore.exec(text.slice(Math.max(0, at - 16), at)) : null;
  if (!before && wordEnd < end && !mayFollow(text, wordEnd, end)) return undefined;
  const start = before ? at - before[0].length : at;
  const match = (before ? monthFirst : dayFirst).exec(text.slice(start, start + longest));
  const span = match ? { start, end: start + match[0].length } : undefined;
  return start + longest > end ? { waitFrom: start, span } : span;
}

/** Whether a month may begin behind a day: after a full stop, a space, or both. */
function mayFollow(text: string, from: number, end: number): boolean {
  let at = from;
  if (text.charCodeAt(at) === fullStop) at++;
  if (at < end && text.charCodeAt(at) !== space) return false;
  return at + 1 >= end || /[jfmasondeéäJFMASONDE]/.test(text.charAt(at + 1));
}

const fullStop = 0x2e;
const isYear = (year: number): boolean => year >= 1900 && year <= 2099;

/** Day and month stand in either order, by country. */
function isNumericDate(digits: string, picture: string): boolean {
  const parts = picture.split(/[^9]/).map(({ length }) => length);
  let at = 0;
  const [a = 0, b = 0, c = 0] = parts.map((length) => Number(digits.slice(at, (at += length))));
  if (parts[0] === 4) return isYear(a) && isDate(a, b, c);
  const year = parts[2] === 2 ? 2000 : c;
  return isYear(year) && (isDate(year, b, a) || isDate(year, a, b));
}

const marks = ['/', '-', '.'];
const pictures = marks.flatMap((mark) =>
  [
    ['9999', '99', '99'],
    ['99', '99', '9999'],
    ['9', '9', '9999'],
    ['9', '99', '9999'],
    ['99', '9', '9999'],
    ['99', '99', '99'],
  ].map((parts) => parts.join(mark)),
);

export const birthDate: Detector = {
  name: 'birth-date',
  title: 'Date of birth',
  family: 'identity',
  class: 'confidential',
  examples: ['date of birth: 1984-03-12', 'born on March 12, 1984'],
  context: [
    'born',
    'birth',
    'birthday',
    'birthdate',
    'birth date',
    'date of birth',
    'dob',
    'd.o.b',
    'geboren',
    'geburtsdatum',
    'geb',
    'né',
    'née',
    'naissance',
    'nacimiento',
    'nacido',
    'nacida',
    'nascita',
    'nato',
    'nata',
    'nascimento',
    'nascido',
    'nascida',
    'urodzenia',
    'urodzony',
    'urodzona',
    'geboortedatum',
    'född',
    'födelsedatum',
    'syntymäaika',
    'syntynyt',
    '生年月日',
    '出生',
    '생년월일',
  ],
  rules: [
    { kind: 'picture', pictures, confidence: { near: 0.9 }, check: isNumericDate },
    {
      kind: 'wake',
      wake: 'digits',
      word: { length: [1, 4], letters: [0, 0] },
      confidence: { near: 0.9 },
      find: findWritten,
    },
  ],
};
