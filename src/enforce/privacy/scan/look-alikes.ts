import { isForeignLetter } from './characters.ts';

/**
 * What characters stand for that look like others or like nothing: full-width and mathematical forms, digits of other scripts, spaces and
 * hyphens of every width. `dropped` means nothing at all: zero-width characters, joiners, marks that strike through.
 */
export const dropped = 0xffff;

const folds = new Uint16Array(0x10000);

function fold(from: number, to: number, stand: (code: number) => number): void {
  for (let code = from; code <= to; code++) folds[code] = stand(code);
}

for (const [from, to] of [
  [0xad, 0xad],
  [0x300, 0x36f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180e],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x20d0, 0x20ff],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfe20, 0xfe2f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
] as const)
  fold(from, to, () => dropped);
for (const [from, to] of [
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
] as const)
  fold(from, to, () => 0x20);
for (const [from, to] of [
  [0x2010, 0x2015],
  [0x2043, 0x2043],
  [0x2212, 0x2212],
  [0xfe58, 0xfe58],
  [0xfe63, 0xfe63],
] as const)
  fold(from, to, () => 0x2d);
/** Zeros of the decimal digits (Unicode `Nd`) in the basic plane. */
for (const nought of [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
  0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
  0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x2080,
])
  fold(nought, nought + 9, (code) => 0x30 + code - nought);
fold(0x2070, 0x2079, (code) => 0x30 + code - 0x2070);
fold(0x2071, 0x2073, () => 0);
for (const [one, upTo] of [
  [0x2460, 9],
  [0x2474, 9],
  [0x2488, 9],
  [0x24f5, 9],
  [0x2776, 9],
  [0x2780, 9],
  [0x278a, 9],
] as const)
  fold(one, one + upTo - 1, (code) => 0x31 + code - one);
fold(0xff01, 0xff5e, (code) => code - 0xfee0);
for (const [from, to] of [
  ['²', '2'],
  ['³', '3'],
  ['¹', '1'],
  ['⓪', '0'],
  ['⓿', '0'],
  ['․', '.'],
  ['。', '.'],
  ['﹒', '.'],
  ['﹫', '@'],
  ['∕', '/'],
  ['⁄', '/'],
  ['∶', ':'],
  ['﹕', ':'],
  ['ꓸ', '.'],
] as const)
  fold(from.charCodeAt(0), from.charCodeAt(0), () => to.charCodeAt(0));
// The ideographic full stop ends sentences: an address may end before it, and none goes on behind it.
folds[0x3002] = 0;

/** Characters replaced that stand for one other, so that the text is as long as before. */
export function replaceLookAlikes(text: string): string {
  let result = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0xa0) continue;
    const stands = folds[code];
    if (stands === 0 || stands === undefined || stands === dropped) continue;
    result += text.slice(from, at) + String.fromCharCode(stands);
    from = at + 1;
  }
  return result + text.slice(from);
}

/** What a character stands for: itself, another, or `dropped`. */
export function standsFor(code: number): number {
  return folds[code] || code;
}

const letterFolds = new Map(
  Object.entries({
    А: 'A',
    В: 'B',
    С: 'C',
    Е: 'E',
    Н: 'H',
    І: 'I',
    Ј: 'J',
    К: 'K',
    М: 'M',
    О: 'O',
    Р: 'P',
    Ѕ: 'S',
    Т: 'T',
    Х: 'X',
    У: 'Y',
    З: '3',
    а: 'a',
    с: 'c',
    ԁ: 'd',
    е: 'e',
    һ: 'h',
    і: 'i',
    ј: 'j',
    о: 'o',
    р: 'p',
    ԛ: 'q',
    ѕ: 's',
    ԝ: 'w',
    х: 'x',
    у: 'y',
    Α: 'A',
    Β: 'B',
    Ε: 'E',
    Ζ: 'Z',
    Η: 'H',
    Ι: 'I',
    Κ: 'K',
    Μ: 'M',
    Ν: 'N',
    Ο: 'O',
    Ρ: 'P',
    Τ: 'T',
    Υ: 'Y',
    Χ: 'X',
    ο: 'o',
    ν: 'v',
    α: 'a',
    ι: 'i',
    ρ: 'p',
    υ: 'u',
  }).map(([from, to]) => [from.charCodeAt(0), to.charCodeAt(0)]),
);

/** The Latin letter that a Greek or Cyrillic one looks like; 0 where it looks like none. */
export function latinLookAlike(code: number): number {
  return isForeignLetter(code) ? (letterFolds.get(code) ?? 0) : 0;
}

/**
 * What a character beyond the basic plane stands for: mathematical letters and digits (U+1D400 to U+1D7FF), segmented digits; `dropped` for
 * tags and variation selectors; 0 for all others.
 */
export function astralStandsFor(point: number): number {
  if (point >= 0x1d400 && point <= 0x1d7ff) {
    const plain = String.fromCodePoint(point).normalize('NFKC');
    return plain.length === 1 ? plain.charCodeAt(0) : 0;
  }
  if (point >= 0x1fbf0 && point <= 0x1fbf9) return 0x30 + point - 0x1fbf0;
  if (point >= 0xe0000 && point <= 0xe01ef) return dropped;
  return 0;
}

/** What must be done about a character, in the order of how much: nothing, replace it, look at its neighbours or leave it out. */
export const kinds = { plain: 0, replaceable: 1, needsUnits: 2 } as const;

const kindOf = Uint8Array.from(folds, (stands, code) => {
  if (stands === dropped || latinLookAlike(code) !== 0) return kinds.needsUnits;
  return stands === 0 ? kinds.plain : kinds.replaceable;
});

/** The most that must be done about any character of a text. */
export function kindOfText(text: string): number {
  let most: number = kinds.plain;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0xa0) continue;
    const kind = isRareSurrogate(code, text.charCodeAt(at + 1)) ? kinds.needsUnits : (kindOf[code] ?? 0);
    if (kind === kinds.needsUnits) return kind;
    if (kind > most) most = kind;
  }
  return most;
}

/** Of mathematical letters and digits, segmented digits, tags and variation selectors. */
function isRareSurrogate(high: number, low: number): boolean {
  return high === 0xd835 || high === 0xdb40 || (high === 0xd83e && low >= 0xdff0 && low <= 0xdff9);
}
