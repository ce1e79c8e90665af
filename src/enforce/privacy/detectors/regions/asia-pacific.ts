import type { Detector } from '../../detector.ts';
import { isDate, isRepeated, verhoeff, weighted } from '../check-digits.ts';

const isTfn = (digits: string): boolean =>
  weighted(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 && !isRepeated(digits);

/** The first digit counts one less (Australian Business Register). */
const isAbn = (digits: string): boolean =>
  weighted(digits, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) % 89 === 10 && !digits.startsWith('0');

const isAcn = (digits: string): boolean =>
  (10 - (weighted(digits, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)) % 10 === Number(digits.charAt(8)) &&
  !isRepeated(digits);

const isMedicare = (digits: string): boolean =>
  /^[2-6]/.test(digits) && weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(digits.charAt(8));

const isAadhaar = (digits: string): boolean =>
  /^[2-9]/.test(digits) && verhoeff(digits) && !isRepeated(digits);

const nricLetters: Readonly<Record<string, string>> = {
  S: 'JZIHGFEDCBA',
  T: 'JZIHGFEDCBA',
  F: 'XWUTRQPNMLK',
  G: 'XWUTRQPNMLK',
  M: 'KLJNPQRTUWX',
};

function isNric(text: string): boolean {
  const kind = text.charAt(0);
  const letters = nricLetters[kind];
  if (letters === undefined) return false;
  const sum =
    weighted(text.slice(1, 8), [2, 7, 6, 5, 4, 3, 2]) + (/[TG]/.test(kind) ? 4 : kind === 'M' ? 3 : 0);
  const place = kind === 'M' ? 10 - (sum % 11) : sum % 11;
  return letters.charAt(place) === text.charAt(8);
}

/** Date of birth and a digit for sex and century. Numbers given out since October 2020 have no check digit. */
function isRrn(digits: string): boolean {
  const century = /[1256]/.test(digits.charAt(6)) ? 1900 : 2000;
  const year = (/[3478]/.test(digits.charAt(6)) ? 2000 : century) + Number(digits.slice(0, 2));
  return (
    /[1-8]/.test(digits.charAt(6)) && isDate(year, Number(digits.slice(2, 4)), Number(digits.slice(4, 6)))
  );
}

const hasRrnCheck = (digits: string): boolean =>
  isRrn(digits) &&
  (11 - (weighted(digits, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === Number(digits.charAt(12));

/** Ordinance of the Ministry of Internal Affairs 85 of 2014, article 5. */
function isMyNumber(digits: string): boolean {
  const rest = weighted(digits, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest <= 1 ? 0 : 11 - rest) === Number(digits.charAt(11)) && !isRepeated(digits);
}

/** GB 11643-1999: place, date of birth, serial, and ISO 7064 MOD 11-2. */
function isResidentId(text: string): boolean {
  if (!isDate(Number(text.slice(6, 10)), Number(text.slice(10, 12)), Number(text.slice(12, 14))))
    return false;
  if (!/^[1-9]\d{5}(?:19|20)/.test(text)) return false;
  return (
    '10X98765432'.charAt(weighted(text, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11) ===
    text.charAt(17)
  );
}

const isThai = (digits: string): boolean =>
  (11 - (weighted(digits, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 ===
    Number(digits.charAt(12)) && /^[1-8]/.test(digits);

export const asiaPacific: readonly Detector[] = [
  {
    name: 'au-tfn',
    title: 'Tax file number',
    family: 'identity',
    region: 'au',
    class: 'restricted',
    examples: ['TFN 123 456 782'],
    context: ['tfn', 'tax file', 'tax file number'],
    rules: [
      { kind: 'picture', pictures: ['999~999~999', '999999999'], confidence: { near: 0.97 }, check: isTfn },
    ],
  },
  {
    name: 'au-abn',
    title: 'Australian business number',
    family: 'identity',
    region: 'au',
    class: 'internal',
    examples: ['ABN 51 824 753 556'],
    context: ['abn', 'business number', 'australian business'],
    rules: [
      {
        kind: 'picture',
        pictures: ['99 999 999 999', '99999999999'],
        confidence: { near: 0.97 },
        check: isAbn,
      },
    ],
  },
  {
    name: 'au-acn',
    title: 'Australian company number',
    family: 'identity',
    region: 'au',
    class: 'internal',
    examples: ['ACN 004 085 616'],
    context: ['acn', 'company number', 'australian company'],
    rules: [
      { kind: 'picture', pictures: ['999 999 999', '999999999'], confidence: { near: 0.97 }, check: isAcn },
    ],
  },
  {
    name: 'au-medicare',
    title: 'Medicare card number (Australia)',
    family: 'health',
    region: 'au',
    class: 'restricted',
    examples: ['Medicare 2123 45670 1'],
    context: ['medicare', 'medicare number', 'medicare card'],
    rules: [
      {
        kind: 'picture',
        pictures: ['9999~99999~9', '9999999999', '99999999999'],
        confidence: { near: 0.97 },
        check: isMedicare,
      },
    ],
  },
  {
    name: 'in-aadhaar',
    title: 'Aadhaar number',
    family: 'identity',
    region: 'in',
    class: 'restricted',
    examples: ['2345 6789 0124', 'Aadhaar 234567890124'],
    context: ['aadhaar', 'aadhar', 'uidai', 'uid', 'आधार'],
    rules: [
      {
        kind: 'picture',
        pictures: ['9999~9999~9999'],
        confidence: { alone: 0.6, near: 0.98 },
        check: isAadhaar,
      },
      { kind: 'picture', pictures: ['999999999999'], confidence: { near: 0.97 }, check: isAadhaar },
    ],
  },
  {
    name: 'in-pan',
    title: 'Permanent account number (PAN)',
    family: 'identity',
    region: 'in',
    class: 'restricted',
    examples: ['ABCPE1234F'],
    context: ['pan', 'permanent account', 'income tax'],
    rules: [
      {
        kind: 'picture',
        pictures: ['AAAAA9999A'],
        confidence: { alone: 0.75, near: 0.97 },
        check: (text) => /^[A-Z]{3}[PCHFATBLJG][A-Z](?!0000)\d{4}[A-Z]$/.test(text),
      },
    ],
  },
  {
    name: 'sg-nric',
    title: 'NRIC or FIN',
    family: 'identity',
    region: 'sg',
    class: 'restricted',
    examples: ['S1234567D'],
    context: ['nric', 'fin', 'identity card'],
    rules: [
      { kind: 'picture', pictures: ['A9999999A'], confidence: { alone: 0.9, near: 0.99 }, check: isNric },
    ],
  },
  {
    name: 'kr-rrn',
    title: 'Resident registration number',
    family: 'identity',
    region: 'kr',
    class: 'restricted',
    examples: ['900101-1234568'],
    context: ['rrn', 'resident registration', '주민등록번호', '주민번호', '주민'],
    rules: [
      { kind: 'picture', pictures: ['999999-9999999'], confidence: { alone: 0.9 }, check: hasRrnCheck },
      { kind: 'picture', pictures: ['999999-9999999'], confidence: { alone: 0.7, near: 0.98 }, check: isRrn },
      { kind: 'picture', pictures: ['9999999999999'], confidence: { near: 0.9 }, check: isRrn },
    ],
  },
  {
    name: 'jp-my-number',
    title: 'My Number',
    family: 'identity',
    region: 'jp',
    class: 'restricted',
    examples: ['マイナンバー 1234 5678 9018'],
    context: ['my number', 'mynumber', 'individual number', 'マイナンバー', '個人番号'],
    rules: [
      {
        kind: 'picture',
        pictures: ['9999~9999~9999', '999999999999'],
        confidence: { near: 0.97 },
        check: isMyNumber,
      },
    ],
  },
  {
    name: 'cn-resident-id',
    title: 'Resident identity number of China',
    family: 'identity',
    region: 'cn',
    class: 'restricted',
    examples: ['11010519491231002X'],
    context: ['身份证', '身份证号', 'resident identity', 'id card'],
    rules: [
      {
        kind: 'picture',
        pictures: ['99999999999999999A', '999999999999999999'],
        confidence: { alone: 0.95, near: 1 },
        check: isResidentId,
      },
    ],
  },
  {
    name: 'th-national-id',
    title: 'National identity number of Thailand',
    family: 'identity',
    region: 'th',
    class: 'restricted',
    examples: ['1-2345-67890-12-1'],
    context: ['thai id', 'national id', 'บัตรประชาชน', 'เลขประจำตัวประชาชน'],
    rules: [
      {
        kind: 'picture',
        pictures: ['9-9999-99999-99-9', '9 9999 99999 99 9'],
        confidence: { alone: 0.85, near: 0.99 },
        check: isThai,
      },
      { kind: 'picture', pictures: ['9999999999999'], confidence: { near: 0.95 }, check: isThai },
    ],
  },
];
