import type { Detector } from '../../detector.ts';
import { isDate, isShortDate, luhn, weighted } from '../check-digits.ts';

/** Luhn over ten digits; coordination numbers add 60 to the day. */
function isPersonnummer(digits: string): boolean {
  const ten = digits.slice(-10);
  if (digits.length === 12 && !/^(?:19|20)/.test(digits)) return false;
  const day = Number(ten.slice(4, 6));
  return isDate(2000, Number(ten.slice(2, 4)), day > 60 ? day - 60 : day) && luhn(ten);
}

const hetuSigns = '0123456789ABCDEFHJKLMNPRSTUVWXY';

/** Date of birth, sign of the century, serial, and the remainder by 31 as a character. */
function isHetu(text: string): boolean {
  const digits = text.replace(/^(\d{6})[A-FU-Y]/, '$1');
  if (!/^\d{9}[0-9A-Y]$/.test(digits) || !isShortDate(digits.slice(0, 6), 'dmy')) return false;
  return hetuSigns.charAt(Number(digits.slice(0, 9)) % 31) === digits.charAt(9);
}

function isFodselsnummer(digits: string): boolean {
  const day = Number(digits.slice(0, 2));
  const month = Number(digits.slice(2, 4));
  if (!isDate(2000, month > 40 ? month - 40 : month, day > 40 ? day - 40 : day)) return false;
  return (
    weighted(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
    weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
  );
}

const ppsLetters = 'WABCDEFGHIJKLMNOPQRSTUV';

function isPps(text: string): boolean {
  const second = text.length > 8 ? ppsLetters.indexOf(text.charAt(8)) * 9 : 0;
  return (
    second >= 0 && ppsLetters.charAt((weighted(text, [8, 7, 6, 5, 4, 3, 2]) + second) % 23) === text.charAt(7)
  );
}

export const northernEurope: readonly Detector[] = [
  {
    name: 'se-personnummer',
    title: 'Personnummer',
    family: 'identity',
    region: 'se',
    class: 'restricted',
    examples: ['811218-9876', '19811218-9876'],
    context: ['personnummer', 'samordningsnummer', 'personnr', 'pnr', 'person number'],
    rules: [
      {
        kind: 'picture',
        pictures: ['999999-9999', '99999999-9999'],
        confidence: { alone: 0.75, near: 0.98 },
        check: isPersonnummer,
      },
      {
        kind: 'picture',
        pictures: ['9999999999', '999999999999'],
        confidence: { near: 0.95 },
        check: isPersonnummer,
      },
    ],
  },
  {
    name: 'fi-hetu',
    title: 'Henkilötunnus',
    family: 'identity',
    region: 'fi',
    class: 'restricted',
    examples: ['131052-308T', '131052A308T'],
    context: ['hetu', 'henkilötunnus', 'sotu', 'personbeteckning'],
    rules: [
      {
        kind: 'picture',
        pictures: ['999999-999A', '999999-9999', '999999A999A', '999999A9999'],
        confidence: { alone: 0.85, near: 0.98 },
        check: isHetu,
      },
    ],
  },
  {
    name: 'no-fodselsnummer',
    title: 'Fødselsnummer',
    family: 'identity',
    region: 'no',
    class: 'restricted',
    examples: ['fødselsnummer 01010050053'],
    context: ['fødselsnummer', 'personnummer', 'fnr', 'd nummer'],
    rules: [
      {
        kind: 'picture',
        pictures: ['99999999999', '999999 99999'],
        confidence: { near: 0.97 },
        check: isFodselsnummer,
      },
    ],
  },
  {
    name: 'dk-cpr',
    title: 'CPR-nummer',
    family: 'identity',
    region: 'dk',
    class: 'restricted',
    examples: ['CPR 070761-4285'],
    context: ['cpr', 'cpr nr', 'cpr nummer', 'personnummer'],
    rules: [
      {
        kind: 'picture',
        pictures: ['999999-9999', '9999999999'],
        confidence: { near: 0.9 },
        // Numbers given out since 2007 keep no check digit.
        check: (digits) => isShortDate(digits.slice(0, 6), 'dmy'),
      },
    ],
  },
  {
    name: 'ie-pps',
    title: 'Personal public service number (PPS)',
    family: 'identity',
    region: 'ie',
    class: 'restricted',
    examples: ['PPS number 1234567T'],
    context: ['pps', 'ppsn', 'pps number', 'public service number'],
    rules: [
      { kind: 'picture', pictures: ['9999999A', '9999999AA'], confidence: { near: 0.97 }, check: isPps },
    ],
  },
];
