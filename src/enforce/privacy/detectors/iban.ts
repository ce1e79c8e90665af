import type { Detector, Place, Span, Wait } from '../detector.ts';
import { isAlphanumeric, isDigit } from '../scan/characters.ts';
import { isIban97 } from './check-digits.ts';

/** Lengths by country (SWIFT IBAN registry, release 99). */
const lengths = new Map(
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
    .split(' ')
    .map((row) => [row.slice(0, 2), Number(row.slice(2))]),
);

function findIban({ text, at, wordStart, end }: Place): Span | Wait | undefined {
  if (at - wordStart !== 2) return undefined;
  const most = lengths.get(text.slice(wordStart, at).toUpperCase());
  if (most === undefined) return undefined;
  let compact = '';
  let place = wordStart;
  for (; place < end && compact.length < most; place++) {
    const code = text.charCodeAt(place);
    if (code < 128 && isAlphanumeric(code)) compact += text.charAt(place);
    // Groups are parted by one space or hyphen.
    else if ((code !== 0x20 && code !== 0x2d) || !isAlphanumeric(text.charCodeAt(place - 1)))
      return undefined;
    if (compact.length === 4 && !isDigit(text.charCodeAt(at + 1))) return undefined;
  }
  const complete = compact.length === most && isIban97(compact.toUpperCase());
  const span =
    complete && !isAlphanumeric(text.charCodeAt(place)) ? { start: wordStart, end: place } : undefined;
  return place >= end ? { waitFrom: wordStart, span } : span;
}

export const iban: Detector = {
  name: 'iban',
  title: 'Bank account number (IBAN)',
  family: 'financial',
  class: 'confidential',
  examples: ['GB29 NWBK 6016 1331 9268 19', 'DE89370400440532013000'],
  context: ['iban', 'account', 'bank', 'konto', 'compte', 'cuenta', 'conto', 'conta', 'rekening'],
  rules: [
    {
      kind: 'wake',
      wake: 'digits',
      word: { length: [4, 34], letters: [2, 2] },
      confidence: { alone: 0.95, near: 1 },
      find: findIban,
    },
  ],
};
