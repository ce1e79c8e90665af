import type { Detector } from '../detector.ts';
import { luhn } from './check-digits.ts';

/** Issuer ranges (ISO/IEC 7812-1) with the lengths their networks use. */
const issuers =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}|3[47]\d{13}|3(?:0[0-5]|095|[68]\d|9\d)\d{11,13}|(?:6011|64[4-9]\d|65\d{2})\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}|62\d{14,17}|220[0-4]\d{12})$/;
/** Maestro and other ranges that are also those of other numbers. */
const doubtful = /^(?:5[0678]\d{2}|6\d{3})\d{8,15}$/;

const separated = [
  '9999~9999~9999~9999',
  '9999~999999~99999',
  '9999~999999~9999',
  '9999~9999~9999~9999~999',
  '9999~9999~9999~999',
];
const plain = [
  '9'.repeat(14),
  '9'.repeat(15),
  '9'.repeat(16),
  '9'.repeat(17),
  '9'.repeat(18),
  '9'.repeat(19),
];

export const card: Detector = {
  name: 'card',
  title: 'Payment card number',
  family: 'financial',
  class: 'restricted',
  examples: ['4111 1111 1111 1111', '378282246310005'],
  context: [
    'card',
    'credit',
    'debit',
    'visa',
    'mastercard',
    'amex',
    'maestro',
    'pan',
    'karte',
    'kreditkarte',
    'carte',
    'tarjeta',
    'carta',
    'cartão',
    'kaart',
    'karta',
    '信用卡',
    'カード',
  ],
  rules: [
    {
      kind: 'picture',
      pictures: [...separated, ...plain],
      confidence: { alone: 0.9, near: 1 },
      check: (digits) => issuers.test(digits) && luhn(digits),
    },
    {
      kind: 'picture',
      pictures: ['9'.repeat(12), '9'.repeat(13), '9999~9999~9999', ...separated, ...plain],
      confidence: { near: 0.8 },
      check: (digits) => (doubtful.test(digits) || /^4\d{12}$/.test(digits)) && luhn(digits),
    },
  ],
};
