import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { encodeBase62, Secret } from '../../kernel/index.ts';

/**
 * A key: a prefix that says whose it is (`sty_` of a caller, `sto_` of an operator), 33 base62 digits (192 random bits), 6 base62 digits: the CRC-32 (ISO-HDLC, as zlib) of all that stands before them.
 * The checksum lets secret scanners recognise a leaked key without false alarms, and lets the gate refuse a mistyped or
 * cut one before any lookup. It is no protection: who can make a key up can compute it.
 */
type KeyPrefix = 'sty_' | 'sto_';

const randomDigits = 33;
const checksumDigits = 6;
const prefixLength = 4;
const digits = `[0-9A-Za-z]{${randomDigits + checksumDigits}}`;
const shapes: Readonly<Record<KeyPrefix, RegExp>> = {
  sty_: new RegExp(`^sty_${digits}$`),
  sto_: new RegExp(`^sto_${digits}$`),
};

function checksumOf(body: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return encodeBase62(bytes, checksumDigits);
}

/** The digits of `encodeBase62` as a number. Every call is checked, so it is done without big integers. */
function readDigits(text: string): number {
  let value = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const digit = code <= 0x39 ? code - 0x30 : code <= 0x5a ? code - 0x41 + 10 : code - 0x61 + 36;
    value = value * 62 + digit;
  }
  return value;
}

export function createKey(prefix: KeyPrefix = 'sty_'): Secret {
  const body = prefix + encodeBase62(randomBytes(24), randomDigits);
  return new Secret(body + checksumOf(body));
}

const keyLength = prefixLength + randomDigits + checksumDigits;

/** Whether a text is as long as a caller's key and begins like one; far less than `isWellFormedKey`, for who looks it up anyway. */
export function beginsLikeKey(text: string): boolean {
  return text.length === keyLength && text.startsWith('sty_');
}

/** Whether a text could be one of our keys. Looks at the text alone. */
export function isWellFormedKey(text: string, prefix: KeyPrefix = 'sty_'): boolean {
  if (!shapes[prefix].test(text)) return false;
  return readDigits(text.slice(-checksumDigits)) === crc32(text.slice(0, -checksumDigits));
}

/** SHA-256 of the whole key, which is what is stored. 192 random bits need no slow hash: they cannot be guessed. */
export function hashKey(key: string): string {
  return hash('sha256', key, 'base64url');
}

/** What a key is recognised by; 168 of its bits stay unknown. */
export function beginningOf(key: string): string {
  return key.slice(0, prefixLength + 4);
}

export function hintOf(key: Secret): string {
  return `${beginningOf(key.reveal())}…`;
}
