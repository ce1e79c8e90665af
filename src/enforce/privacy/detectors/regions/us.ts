import type { Detector } from '../../detector.ts';
import { isRepeated, luhn, weighted } from '../check-digits.ts';

/** Area, group and serial as the Social Security Administration gives them out; numbers of advertisements never were. */
function isSsn(digits: string): boolean {
  return (
    /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits) &&
    !/^(?:078051120|219099999|123456789)$/.test(digits) &&
    !isRepeated(digits)
  );
}

const isItin = (digits: string): boolean => /^9\d{2}(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}$/.test(digits);

/** Luhn over the number behind 80840, the issuer of health cards (45 CFR 162.406). */
const isNpi = (digits: string): boolean => /^[12]/.test(digits) && luhn(`80840${digits}`);

/** Type of registrant, initial, and a digit that is the last of a weighted sum. */
function isDea(text: string): boolean {
  return (
    /^[ABCDEFGHJKLMPRSTUX][A-Z]\d{7}$/.test(text) &&
    weighted(text.slice(2, 8), [1, 2, 1, 2, 1, 2]) % 10 === Number(text.charAt(8))
  );
}

const isMbi = (text: string): boolean =>
  /^[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d[AC-HJKMNP-RT-Y]{2}\d{2}$/.test(
    text,
  );

const isRouting = (digits: string): boolean =>
  /^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)/.test(digits) &&
  weighted(digits, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0;

const region = 'us';
const ssnWords = [
  'ssn',
  'social security',
  'social security number',
  'social security no',
  'soc sec',
  'taxpayer',
];

export const us: readonly Detector[] = [
  {
    name: 'us-ssn',
    title: 'Social Security number',
    family: 'identity',
    region,
    class: 'restricted',
    examples: ['536-22-4971', 'SSN 536224971'],
    context: ssnWords,
    rules: [
      { kind: 'picture', pictures: ['999-99-9999'], confidence: { alone: 0.8, near: 0.98 }, check: isSsn },
      {
        kind: 'picture',
        pictures: ['999 99 9999', '999.99.9999', '999999999'],
        confidence: { near: 0.9 },
        check: isSsn,
      },
    ],
  },
  {
    name: 'us-itin',
    title: 'Individual taxpayer number (ITIN)',
    family: 'identity',
    region,
    class: 'restricted',
    examples: ['912-72-1234'],
    context: ['itin', 'taxpayer', 'tax id', 'tin', ...ssnWords],
    rules: [
      { kind: 'picture', pictures: ['999-99-9999'], confidence: { alone: 0.8, near: 0.98 }, check: isItin },
      { kind: 'picture', pictures: ['999 99 9999', '999999999'], confidence: { near: 0.9 }, check: isItin },
    ],
  },
  {
    name: 'us-npi',
    title: 'National provider identifier (NPI) of a physician',
    family: 'health',
    region,
    class: 'confidential',
    examples: ['NPI 1245319599'],
    context: ['npi', 'provider', 'physician', 'national provider'],
    rules: [{ kind: 'picture', pictures: ['9999999999'], confidence: { near: 0.9 }, check: isNpi }],
  },
  {
    name: 'us-dea',
    title: 'Licence to prescribe (DEA)',
    family: 'health',
    region,
    class: 'confidential',
    examples: ['DEA number AB1234563'],
    context: ['dea', 'prescriber', 'registrant', 'practitioner', 'prescription'],
    rules: [{ kind: 'picture', pictures: ['AA9999999'], confidence: { near: 0.95 }, check: isDea }],
  },
  {
    name: 'us-medicare',
    title: 'Medicare beneficiary identifier',
    family: 'health',
    region,
    class: 'restricted',
    examples: ['1EG4-TE5-MK73'],
    context: ['medicare', 'mbi', 'beneficiary'],
    rules: [
      {
        kind: 'picture',
        pictures: ['9AA9-AA9-AA99', '9A99-AA9-AA99', '9AA9-A99-AA99', '9A99-A99-AA99'],
        confidence: { alone: 0.8, near: 0.98 },
        check: isMbi,
      },
      {
        kind: 'picture',
        pictures: ['9AA9AA9AA99', '9A99AA9AA99', '9AA9A99AA99', '9A99A99AA99'],
        confidence: { near: 0.95 },
        check: isMbi,
      },
    ],
  },
  {
    name: 'us-routing',
    title: 'Bank routing number (ABA)',
    family: 'financial',
    region,
    class: 'internal',
    examples: ['routing number 021000021'],
    context: ['routing', 'routing number', 'aba', 'rtn', 'routing transit'],
    rules: [
      {
        kind: 'picture',
        pictures: ['999999999', '9999-9999-9'],
        confidence: { near: 0.9 },
        check: isRouting,
      },
    ],
  },
];
