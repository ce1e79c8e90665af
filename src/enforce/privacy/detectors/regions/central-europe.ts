import type { Detector } from '../../detector.ts';
import { isDate, isShortDate, mod1110, remainder, weighted } from '../check-digits.ts';

/** The century is added to the month: 80 for 1800 to 1899, 20 for 2000 to 2099, and so on. */
function isPesel(digits: string): boolean {
  const month = Number(digits.slice(2, 4)) % 20;
  if (!isDate(2000, month, Number(digits.slice(4, 6)))) return false;
  return (10 - (weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === Number(digits.charAt(10));
}

const isNip = (digits: string): boolean =>
  weighted(digits, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === Number(digits.charAt(9));

/** Of the first ten digits one occurs two or three times (Federal Central Tax Office, since 2016), never three in a row. */
function isSteuerId(digits: string): boolean {
  if (digits.startsWith('0') || !mod1110(digits)) return false;
  const ten = digits.slice(0, 10);
  const counts = Array.from('0123456789', (digit) => ten.split(digit).length - 1).filter(
    (count) => count > 1,
  );
  return counts.length === 1 && (counts[0] ?? 0) < 4 && !/(\d)\1\1/.test(ten);
}

/** Area, date of birth, initial as its place in the alphabet, serial, check digit (VKVV section 4). */
function isRvnr(text: string): boolean {
  if (!isShortDate(text.slice(2, 8), 'dmy')) return false;
  const place = String(text.charCodeAt(8) - 0x40).padStart(2, '0');
  const digits = text.slice(0, 8) + place + text.slice(9, 11);
  let sum = 0;
  for (const [index, weight] of [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1].entries()) {
    const product = Number(digits.charAt(index)) * weight;
    sum += Math.floor(product / 10) + (product % 10);
  }
  return sum % 10 === Number(text.charAt(11));
}

/** Number and key modulo 97 (INSEE); the departments of Corsica have letters. */
function isNir(text: string): boolean {
  if (!/^[1-478]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)\d[\dAB]/.test(text)) return false;
  const corsica = text.charAt(6) === 'A' ? 1_000_000 : text.charAt(6) === 'B' ? 2_000_000 : 0;
  const digits = text.slice(0, 13).replace(/[AB]/, '0');
  if (!/^\d+$/.test(digits)) return false;
  const rest = (((remainder(digits, 97) - (corsica % 97)) % 97) + 97) % 97;
  return 97 - rest === Number(text.slice(13));
}

const isBsn = (digits: string): boolean =>
  weighted(digits.padStart(9, '0'), [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && Number(digits) > 9_999_999;

/** EAN-13 behind the country code 756. */
const isAhv = (digits: string): boolean =>
  digits.startsWith('756') && weighted(digits, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;

/** Modulo 97, of births from 2000 on with a 2 in front. */
function isRijksregister(digits: string): boolean {
  const check = Number(digits.slice(9));
  const [before, after] = [digits.slice(0, 9), `2${digits.slice(0, 9)}`].map(
    (number) => 97 - remainder(number, 97),
  );
  return (
    (check === before || check === after) &&
    Number(digits.slice(2, 4)) <= 12 &&
    Number(digits.slice(4, 6)) <= 31
  );
}

export const centralEurope: readonly Detector[] = [
  {
    name: 'pl-pesel',
    title: 'PESEL',
    family: 'identity',
    region: 'pl',
    class: 'restricted',
    examples: ['PESEL 44051401359'],
    context: ['pesel', 'numer pesel', 'ewidencyjny'],
    rules: [{ kind: 'picture', pictures: ['99999999999'], confidence: { near: 0.97 }, check: isPesel }],
  },
  {
    name: 'pl-nip',
    title: 'Tax number of Poland (NIP)',
    family: 'identity',
    region: 'pl',
    class: 'confidential',
    examples: ['NIP 526-000-12-46'],
    context: ['nip', 'numer nip', 'podatnika'],
    rules: [
      {
        kind: 'picture',
        pictures: ['999-999-99-99', '999-99-99-999', '9999999999'],
        confidence: { near: 0.95 },
        check: isNip,
      },
    ],
  },
  {
    name: 'de-tax-id',
    title: 'Steuer-ID',
    family: 'identity',
    region: 'de',
    class: 'restricted',
    examples: ['Steuer-ID 86095742719'],
    context: [
      'steuer id',
      'steuerid',
      'idnr',
      'steuernummer',
      'identifikationsnummer',
      'steueridentifikationsnummer',
      'steuerliche',
      'tax id',
      'tin',
    ],
    rules: [
      {
        kind: 'picture',
        pictures: ['99999999999', '99 999 999 999'],
        confidence: { near: 0.97 },
        check: isSteuerId,
      },
    ],
  },
  {
    name: 'de-pension',
    title: 'Rentenversicherungsnummer',
    family: 'identity',
    region: 'de',
    class: 'restricted',
    examples: ['65170839J003'],
    context: [
      'rentenversicherung',
      'rentenversicherungsnummer',
      'sozialversicherungsnummer',
      'rvnr',
      'svnr',
      'versicherungsnummer',
    ],
    rules: [
      {
        kind: 'picture',
        pictures: ['99999999A999', '99 999999 A 999', '99 999999A999'],
        confidence: { alone: 0.85, near: 0.98 },
        check: isRvnr,
      },
    ],
  },
  {
    name: 'fr-nir',
    title: 'Numéro de sécurité sociale (NIR)',
    family: 'identity',
    region: 'fr',
    class: 'restricted',
    examples: ['1 84 12 76 451 089 46', '184127645108946'],
    context: ['nir', 'sécurité sociale', 'secu', 'insee', 'numéro de sécurité'],
    rules: [
      {
        kind: 'picture',
        pictures: [
          '9~99~99~99~999~999~99',
          '999999999999999',
          '9~99~99~9A~999~999~99',
          '999999A99999999',
          '9999999999999 99',
        ],
        confidence: { alone: 0.9, near: 0.99 },
        check: isNir,
      },
    ],
  },
  {
    name: 'nl-bsn',
    title: 'Burgerservicenummer',
    family: 'identity',
    region: 'nl',
    class: 'restricted',
    examples: ['BSN 111222333'],
    context: ['bsn', 'burgerservicenummer', 'sofinummer', 'sofi'],
    rules: [
      {
        kind: 'picture',
        pictures: ['999999999', '9999~99~999', '999~999~999'],
        confidence: { near: 0.95 },
        check: isBsn,
      },
    ],
  },
  {
    name: 'ch-ahv',
    title: 'AHV number',
    family: 'identity',
    region: 'ch',
    class: 'restricted',
    examples: ['756.9217.0769.85'],
    context: ['ahv', 'avs', 'ahv nummer', 'sozialversicherungsnummer'],
    rules: [
      {
        kind: 'picture',
        pictures: ['999.9999.9999.99', '9999999999999'],
        confidence: { alone: 0.9, near: 0.99 },
        check: isAhv,
      },
    ],
  },
  {
    name: 'be-national-number',
    title: 'National number of Belgium',
    family: 'identity',
    region: 'be',
    class: 'restricted',
    examples: ['85.07.30-033.28'],
    context: [
      'rijksregister',
      'rijksregisternummer',
      'registre national',
      'numéro national',
      'national number',
    ],
    rules: [
      {
        kind: 'picture',
        pictures: ['99.99.99-999.99'],
        confidence: { alone: 0.95, near: 1 },
        check: isRijksregister,
      },
      { kind: 'picture', pictures: ['99999999999'], confidence: { near: 0.95 }, check: isRijksregister },
    ],
  },
];
