import type { Detector } from '../../detector.ts';
import { isDate, isRepeated, luhn, weighted } from '../check-digits.ts';

/** The check digit of CPF and CNPJ: the sum modulo 11, and 0 where that would be ten or more. */
const brazilian = (digits: string, weights: readonly number[]): number => {
  const rest = weighted(digits, weights) % 11;
  return rest < 2 ? 0 : 11 - rest;
};

const isCpf = (digits: string): boolean =>
  !isRepeated(digits) &&
  brazilian(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) === Number(digits.charAt(9)) &&
  brazilian(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) === Number(digits.charAt(10));

const isCnpj = (digits: string): boolean =>
  !isRepeated(digits) &&
  brazilian(digits, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) === Number(digits.charAt(12)) &&
  brazilian(digits, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) === Number(digits.charAt(13));

const isSin = (digits: string): boolean => /^[1-79]/.test(digits) && luhn(digits) && !isRepeated(digits);

const curpSigns = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ';

function isCurp(text: string): boolean {
  if (!/^[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d$/.test(text)) return false;
  if (!isDate(2000, Number(text.slice(6, 8)), Number(text.slice(8, 10)))) return false;
  let sum = 0;
  for (let index = 0; index < 17; index++) sum += curpSigns.indexOf(text.charAt(index)) * (18 - index);
  return (10 - (sum % 10)) % 10 === Number(text.charAt(17));
}

export const americas: readonly Detector[] = [
  {
    name: 'br-cpf',
    title: 'CPF',
    family: 'identity',
    region: 'br',
    class: 'restricted',
    examples: ['529.982.247-25', 'CPF 52998224725'],
    context: ['cpf', 'pessoa física', 'cadastro'],
    rules: [
      { kind: 'picture', pictures: ['999.999.999-99'], confidence: { alone: 0.97, near: 1 }, check: isCpf },
      {
        kind: 'picture',
        pictures: ['99999999999', '999 999 999 99', '999999999-99'],
        confidence: { near: 0.97 },
        check: isCpf,
      },
    ],
  },
  {
    name: 'br-cnpj',
    title: 'CNPJ',
    family: 'identity',
    region: 'br',
    class: 'internal',
    examples: ['11.222.333/0001-81'],
    context: ['cnpj', 'pessoa jurídica'],
    rules: [
      {
        kind: 'picture',
        pictures: ['99.999.999/9999-99'],
        confidence: { alone: 0.97, near: 1 },
        check: isCnpj,
      },
      { kind: 'picture', pictures: ['99999999999999'], confidence: { near: 0.97 }, check: isCnpj },
    ],
  },
  {
    name: 'ca-sin',
    title: 'Social insurance number (Canada)',
    family: 'identity',
    region: 'ca',
    class: 'restricted',
    examples: ['SIN 130 692 544'],
    context: ['sin', 'social insurance', 'social insurance number', 'assurance sociale', 'nas'],
    rules: [
      { kind: 'picture', pictures: ['999~999~999', '999999999'], confidence: { near: 0.95 }, check: isSin },
    ],
  },
  {
    name: 'mx-curp',
    title: 'CURP',
    family: 'identity',
    region: 'mx',
    class: 'restricted',
    examples: ['BOXW310820HNERXN09'],
    context: ['curp'],
    rules: [
      {
        kind: 'picture',
        pictures: ['AAAA999999AAAAAA99', 'AAAA999999AAAAAAA9'],
        confidence: { alone: 0.95, near: 1 },
        check: isCurp,
      },
    ],
  },
];
