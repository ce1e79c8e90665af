import type { Detector, PictureRule, Place, Span, Wait } from '../detector.ts';
import { isDigit } from '../scan/characters.ts';

/** Digits of a number behind its country code, at least and at most (ITU-T E.164 and national plans). */
const national: readonly (readonly [code: string, least: number, most: number])[] = [
  ['1', 10, 10],
  ['7', 10, 10],
  ['20', 8, 10],
  ['27', 9, 9],
  ['30', 10, 10],
  ['31', 9, 9],
  ['32', 8, 9],
  ['33', 9, 9],
  ['34', 9, 9],
  ['36', 8, 9],
  ['39', 6, 11],
  ['40', 9, 9],
  ['41', 9, 9],
  ['43', 6, 13],
  ['44', 9, 10],
  ['45', 8, 8],
  ['46', 7, 10],
  ['47', 8, 8],
  ['48', 9, 9],
  ['49', 6, 12],
  ['51', 8, 9],
  ['52', 10, 10],
  ['54', 10, 11],
  ['55', 10, 11],
  ['56', 9, 9],
  ['57', 8, 10],
  ['60', 8, 10],
  ['61', 9, 9],
  ['62', 8, 12],
  ['63', 8, 10],
  ['64', 8, 10],
  ['65', 8, 8],
  ['66', 8, 9],
  ['81', 9, 10],
  ['82', 8, 10],
  ['84', 9, 10],
  ['86', 10, 11],
  ['90', 10, 10],
  ['91', 10, 10],
  ['92', 9, 10],
  ['94', 9, 9],
  ['351', 9, 9],
  ['352', 6, 11],
  ['353', 7, 9],
  ['354', 7, 7],
  ['358', 6, 11],
  ['359', 7, 9],
  ['370', 8, 8],
  ['371', 8, 8],
  ['372', 7, 8],
  ['380', 9, 9],
  ['381', 8, 9],
  ['385', 8, 9],
  ['386', 8, 8],
  ['420', 9, 9],
  ['421', 9, 9],
  ['852', 8, 8],
  ['853', 8, 8],
  ['886', 8, 9],
  ['966', 8, 9],
  ['971', 8, 9],
  ['972', 8, 9],
];
const lengthsOf = new Map(national.map(([code, least, most]) => [code, { least, most }]));
const unknownCountry = { least: 7, most: 12 };

function lengthsFor(digits: string): { least: number; most: number } {
  for (const width of [1, 2, 3]) {
    const known = lengthsOf.get(digits.slice(0, width));
    if (known) return { least: known.least + width, most: known.most + width };
  }
  return { least: unknownCountry.least + 3, most: unknownCountry.most + 3 };
}

const longest = 26;

/** `+44 20 7946 0958`, `+49 (0)30 123456`: groups are taken as long as the country's numbers are. */
function findInternational({ text, at, end }: Place): Span | Wait | undefined {
  if (text.charCodeAt(at) === 0x30) return undefined;
  let digits = '';
  let stop = at;
  let taken: number | undefined;
  let place = at;
  while (place < end && place - at < longest) {
    const groupEnd = endOfDigits(text, place, end);
    digits += text.slice(place, groupEnd);
    place = groupEnd;
    if (digits.length >= 4) {
      const { least, most } = lengthsFor(digits);
      if (digits.length > most) break;
      if (digits.length >= least) [stop, taken] = [groupEnd, digits.length];
    }
    const gap = /^(?:\(0\)|[ \-./()]{1,2})(?=[\d(]|$)/.exec(text.slice(place, place + 6));
    if (!gap) break;
    place += gap[0].length;
  }
  // `+1.5.2024`, `+4` and the like end before they are numbers.
  const span =
    taken !== undefined && !isDigit(text.charCodeAt(stop)) ? { start: at - 1, end: stop } : undefined;
  return place >= end ? { waitFrom: at - 1, span } : span;
}

function endOfDigits(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && isDigit(text.charCodeAt(at))) at++;
  return at;
}

/** A country's own ways to write its numbers. Those that other numbers share are found near a context word only. */
const written = (pictures: readonly string[], shape: RegExp, alone?: number): PictureRule => ({
  kind: 'picture',
  pictures,
  confidence: alone === undefined ? { near: 0.8 } : { alone, near: 0.95 },
  check: (digits) => shape.test(digits),
});

const northAmerica = /^1?[2-9](?!11)\d{2}[2-9](?!11)\d{6}$/;
const france = /^0[1-9]\d{8}$/;

const rules: readonly PictureRule[] = [
  written(
    ['999-999-9999', '999)999-9999', '999)999.9999', '999)999 9999', '9-999-999-9999'],
    northAmerica,
    0.7,
  ),
  written(
    [
      '999.999.9999',
      '999 999 9999',
      '999 999-9999',
      '9 999 999 9999',
      '9 999-999-9999',
      '9999999999',
      '99999999999',
    ],
    northAmerica,
  ),
  written(['999-9999'], /^[2-9]\d{6}$/),
  // United Kingdom.
  written(['99999 999999', '999 9999 9999', '9999 999 9999', '99999 999 999'], /^0[1-37]\d{9}$/, 0.7),
  written(['999)9999 9999', '9999)999 9999', '99999)999999', '99999999999'], /^0[1-37]\d{9}$/),
  // France.
  written(['99 99 99 99 99', '99.99.99.99.99'], france, 0.7),
  written(['9999999999', '99-99-99-99-99'], france),
  // Germany, Austria, Switzerland.
  written(
    [
      '999 9999999',
      '999 99999999',
      '9999 999999',
      '9999 9999999',
      '9999 99999999',
      '99999 999999',
      '999/9999999',
      '999/99999999',
      '9999/999999',
      '9999/9999999',
      '9999/99999999',
      '999-9999999',
      '999-99999999',
      '9999-9999999',
      '99999999999',
      '999999999999',
      '999 999 99 99',
    ],
    /^0[1-9]\d{7,10}$/,
  ),
  // Spain, Portugal, Poland.
  written(['999 999 999', '999 99 99 99', '999-999-999', '999999999'], /^[4-9]\d{8}$/),
  // Italy.
  written(['999 999 9999', '999 9999999', '9999999999'], /^3\d{9}$/),
  // The Netherlands, Belgium.
  written(
    ['99-99999999', '99 99999999', '999-9999999', '999 9999999', '9999 99 99 99', '9999999999'],
    /^0[1-9]\d{8}$/,
  ),
  // Sweden, Finland.
  written(
    ['999-999 99 99', '999-9999999', '99-999 999 99', '999 999 9999', '999 9999999'],
    /^0[1-9]\d{7,8}$/,
  ),
  // Australia.
  written(['9999 999 999', '99 9999 9999'], /^0[2-478]\d{8}$/, 0.7),
  written(['99)9999 9999', '9999999999'], /^0[2-478]\d{8}$/),
  // India.
  written(['99999 99999', '9999999999', '99999-99999'], /^[6-9]\d{9}$/),
  // Japan, Korea.
  written(['999-9999-9999', '99-9999-9999', '999-999-9999'], /^0[1-9]\d{8,9}$/, 0.7),
  // China.
  written(['999 9999 9999', '999-9999-9999'], /^1[3-9]\d{9}$/, 0.7),
  written(['99999999999'], /^1[3-9]\d{9}$/),
  // Brazil.
  written(['99)99999-9999', '99)9999-9999', '99 99999-9999'], /^[1-9]{2}9?\d{8}$/, 0.7),
  // Singapore, Norway, Denmark.
  written(['9999 9999', '99 99 99 99', '99999999'], /^[2-9]\d{7}$/),
];

export const phone: Detector = {
  name: 'phone',
  title: 'Telephone number',
  family: 'contact',
  class: 'confidential',
  examples: ['+44 20 7946 0958', '(212) 555-0123', 'tel. 0170 1234567'],
  context: [
    'phone',
    'phone number',
    'telephone',
    'tel',
    'mobile',
    'mob',
    'cell',
    'cellphone',
    'call',
    'fax',
    'whatsapp',
    'sms',
    'text me',
    'reach me',
    'ring',
    'dial',
    'hotline',
    'telefon',
    'telefonnummer',
    'handy',
    'mobil',
    'rufnummer',
    'téléphone',
    'portable',
    'teléfono',
    'móvil',
    'celular',
    'telefono',
    'cellulare',
    'telefone',
    'telemóvel',
    'telefoon',
    'mobiel',
    'numer',
    'komórka',
    'puhelin',
    '电话',
    '手机',
    '電話',
    '携帯',
    '전화',
    '휴대폰',
  ],
  rules: [
    { kind: 'wake', wake: 'plus', confidence: { alone: 0.85, near: 0.97 }, find: findInternational },
    ...rules,
  ],
};
