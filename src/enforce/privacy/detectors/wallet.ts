import { hash } from 'node:crypto';
import type { Detector, Place, Span, Wait } from '../detector.ts';
import { keccak256 } from './keccak.ts';

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** Versions of Bitcoin, Litecoin, Dogecoin, Dash, Tron addresses. */
const versions = new Set([0x00, 0x05, 0x30, 0x32, 0x1e, 0x16, 0x4c, 0x10, 0x41]);

/** A version byte, 20 bytes of hash, four of double SHA-256. */
function isBase58Check(word: string): boolean {
  let value = 0n;
  for (const character of word) {
    const digit = base58.indexOf(character);
    if (digit < 0) return false;
    value = value * 58n + BigInt(digit);
  }
  const digits = value.toString(16);
  if (digits.length > 50) return false;
  const bytes = Buffer.from(digits.padStart(50, '0'), 'hex');
  if (!versions.has(bytes[0] ?? -1)) return false;
  const once = hash('sha256', bytes.subarray(0, 21), 'buffer');
  return hash('sha256', once, 'buffer').subarray(0, 4).equals(bytes.subarray(21));
}

const bech32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** BIP 173 and BIP 350. */
function isBech32(word: string): boolean {
  const lower = word.toLowerCase();
  if (word !== lower && word !== word.toUpperCase()) return false;
  const cut = lower.lastIndexOf('1');
  const values = Array.from(lower.slice(cut + 1), (character) => bech32.indexOf(character));
  if (values.includes(-1)) return false;
  const human = Array.from(lower.slice(0, cut), (character) => character.charCodeAt(0));
  const all = [...human.map((code) => code >> 5), 0, ...human.map((code) => code & 31), ...values];
  let check = 1;
  for (const value of all) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of generators.entries()) if ((top >> bit) & 1) check ^= generator;
  }
  return check === 1 || check === 0x2bc830a3;
}

/** EIP-55: the capitals are a checksum; an address without any, or of nothing else, has none. */
function isEthereum(word: string): boolean {
  const digits = word.slice(2);
  const lower = digits.toLowerCase();
  if (digits === lower || digits === digits.toUpperCase()) return /[a-f]/i.test(digits) && /\d/.test(digits);
  const sum = keccak256(lower);
  return Array.from(lower).every(
    (digit, at) => (sum.charAt(at) > '7' ? digit.toUpperCase() : digit) === digits.charAt(at),
  );
}

/** The first letter that the version byte makes, and no digit that base 58 leaves out: what can be told without computing. */
const base58Shape = /^[13LMDA9X7T][1-9A-HJ-NP-Za-km-z]{25,34}$/;

function isWallet(word: string): boolean {
  if (/^0x[0-9A-Fa-f]{40}$/.test(word)) return isEthereum(word);
  if (/^(?:bc1|tb1|ltc1)[02-9ac-hj-np-z]{11,71}$/i.test(word)) return isBech32(word);
  return base58Shape.test(word) && isBase58Check(word);
}

function findWallet({ text, wordStart, wordEnd, end }: Place): Span | Wait | undefined {
  const span = isWallet(text.slice(wordStart, wordEnd)) ? { start: wordStart, end: wordEnd } : undefined;
  return wordEnd >= end ? { waitFrom: wordStart, span } : span;
}

export const wallet: Detector = {
  name: 'wallet',
  title: 'Address of a crypto wallet',
  family: 'financial',
  class: 'confidential',
  examples: ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
  rules: [
    {
      kind: 'wake',
      wake: 'digits',
      word: { length: [26, 90], letters: [0, 34] },
      confidence: { alone: 0.95 },
      find: findWallet,
    },
  ],
};
