import type { Detector } from '../../detector.ts';
import { isShortDate, weighted } from '../check-digits.ts';

/** NHS Data Dictionary: modulus 11 over nine digits. */
function isNhs(digits: string): boolean {
  const check = 11 - (weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return check !== 10 && check % 11 === Number(digits.charAt(9)) && !/^(\d)\1{9}$/.test(digits);
}

/** HMRC manual NIM39110: letters that are never given out. */
const isNino = (text: string): boolean =>
  /^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/.test(text);

const isUtr = (digits: string): boolean =>
  '21987654321'.charAt(weighted(digits.slice(1), [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11) === digits.charAt(0);

/** Surname, decade, month (plus 50 for women), day, year, initials, and characters of the authority. */
function isLicence(text: string): boolean {
  const match = /^[A-Z]{1,5}9{0,4}(\d)([0156]\d)(\d{2})(\d)[A-Z][A-Z9][A-Z0-9][A-Z]{2}$/.exec(text);
  if (!match) return false;
  const [, decade = '', month = '', day = '', year = ''] = match;
  return isShortDate(`${decade}${year}${String(Number(month) % 50).padStart(2, '0')}${day}`, 'ymd');
}

const region = 'uk';

export const uk: readonly Detector[] = [
  {
    name: 'uk-nhs',
    title: 'NHS number',
    family: 'health',
    region,
    class: 'restricted',
    examples: ['NHS number 943 476 5919'],
    context: ['nhs', 'nhs number', 'nhs no', 'patient', 'patient number', 'health service'],
    rules: [
      { kind: 'picture', pictures: ['999~999~9999', '9999999999'], confidence: { near: 0.95 }, check: isNhs },
    ],
  },
  {
    name: 'uk-nino',
    title: 'National Insurance number',
    family: 'identity',
    region,
    class: 'restricted',
    examples: ['AB 12 34 56 C', 'AB123456C'],
    context: ['nino', 'ni number', 'ni no', 'national insurance', 'national insurance number'],
    rules: [
      {
        kind: 'picture',
        pictures: ['AA999999A', 'AA 99 99 99 A', 'AA 999999 A', 'AA999999 A', 'AA-99-99-99-A'],
        confidence: { alone: 0.85, near: 0.98 },
        check: isNino,
      },
    ],
  },
  {
    name: 'uk-utr',
    title: 'Unique taxpayer reference',
    family: 'identity',
    region,
    class: 'confidential',
    examples: ['UTR 1955839661'],
    context: ['utr', 'taxpayer reference', 'unique taxpayer', 'self assessment', 'hmrc'],
    rules: [
      { kind: 'picture', pictures: ['9999999999', '99999 99999'], confidence: { near: 0.9 }, check: isUtr },
    ],
  },
  {
    name: 'uk-driving-licence',
    title: 'Driving licence number (United Kingdom)',
    family: 'identity',
    region,
    class: 'restricted',
    examples: ['MORGA657054SM9IJ'],
    context: ['driving', 'licence', 'license', 'dvla'],
    rules: [
      {
        kind: 'picture',
        pictures: [
          'AAAAA999999AA9AA',
          'AAAAA999999A99AA',
          'AAAAA999999AAAAA',
          'AAAA9999999AA9AA',
          'AAA99999999AA9AA',
          'AA999999999AA9AA',
          'AAAA9999999A99AA',
          'AAA99999999A99AA',
          'AA999999999A99AA',
          'AAAA9999999AAAAA',
          'AAA99999999AAAAA',
        ],
        confidence: { alone: 0.85, near: 0.98 },
        check: isLicence,
      },
    ],
  },
];
