import type { Detector } from '../../detector.ts';
import { luhn, weighted } from '../check-digits.ts';

const nifLetters = 'TRWAGMYFPDXBNJZSQVHLCKE';

const isNif = (text: string): boolean => nifLetters.charAt(Number(text.slice(0, 8)) % 23) === text.charAt(8);

function isNie(text: string): boolean {
  const first = 'XYZ'.indexOf(text.charAt(0));
  return first >= 0 && isNif(`${first}${text.slice(1)}`);
}

/** The values of characters on odd places (decree of 23 December 1976), of 0 to 9 and A to Z. */
const oddValues = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

function isCodiceFiscale(text: string): boolean {
  if (!/^[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]$/.test(text)) return false;
  let sum = 0;
  for (let index = 0; index < 15; index++) {
    const code = text.charCodeAt(index);
    const value = code < 0x41 ? code - 0x30 : code - 0x41;
    sum += index % 2 === 0 ? (oddValues[value] ?? 0) : value;
  }
  return String.fromCharCode(0x41 + (sum % 26)) === text.charAt(15);
}

function isPortugueseNif(digits: string): boolean {
  const rest = weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return /^[1-356789]/.test(digits) && (rest < 2 ? 0 : 11 - rest) === Number(digits.charAt(8));
}

export const southernEurope: readonly Detector[] = [
  {
    name: 'es-nif',
    title: 'Tax and identity number of Spaniards (NIF, DNI)',
    family: 'identity',
    region: 'es',
    class: 'restricted',
    examples: ['12345678Z', '12345678-Z'],
    context: ['nif', 'dni', 'documento', 'identidad', 'id'],
    rules: [
      {
        kind: 'picture',
        pictures: ['99999999-?A', '99999999 A'],
        confidence: { alone: 0.85, near: 0.98 },
        check: isNif,
      },
    ],
  },
  {
    name: 'es-nie',
    title: 'Identity number of foreigners in Spain (NIE)',
    family: 'identity',
    region: 'es',
    class: 'restricted',
    examples: ['X1234567L', 'X-1234567-L'],
    context: ['nie', 'extranjero', 'identidad', 'id'],
    rules: [
      {
        kind: 'picture',
        pictures: ['A-?9999999-?A', 'A 9999999 A'],
        confidence: { alone: 0.9, near: 0.98 },
        check: isNie,
      },
    ],
  },
  {
    name: 'it-codice-fiscale',
    title: 'Codice fiscale',
    family: 'identity',
    region: 'it',
    class: 'restricted',
    examples: ['RSSMRA85T10A562S'],
    context: ['codice fiscale', 'cf', 'fiscale'],
    rules: [
      {
        kind: 'picture',
        pictures: ['AAAAAA99A99A999A'],
        confidence: { alone: 0.97, near: 1 },
        check: isCodiceFiscale,
      },
    ],
  },
  {
    name: 'it-partita-iva',
    title: 'Partita IVA',
    family: 'identity',
    region: 'it',
    class: 'internal',
    examples: ['partita IVA 12345670017'],
    context: ['partita iva', 'p.iva', 'piva', 'iva', 'vat'],
    rules: [{ kind: 'picture', pictures: ['99999999999'], confidence: { near: 0.9 }, check: luhn }],
  },
  {
    name: 'pt-nif',
    title: 'Tax number of Portugal (NIF)',
    family: 'identity',
    region: 'pt',
    class: 'confidential',
    examples: ['NIF 123456789'],
    context: ['nif', 'contribuinte', 'número de contribuinte', 'fiscal'],
    rules: [
      {
        kind: 'picture',
        pictures: ['999999999', '999 999 999'],
        confidence: { near: 0.9 },
        check: isPortugueseNif,
      },
    ],
  },
];
