import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Bytes as base62 digits, most significant first, left-padded to `width`. */
export function encodeBase62(bytes: Uint8Array, width: number): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let digits = '';
  for (; value > 0n; value /= 62n) digits = base62[Number(value % 62n)] + digits;
  return digits.padStart(width, '0');
}

/** A random id with a prefix that says what it names: `key_3fT…`. 96 random bits. */
export function randomId(prefix: string): string {
  return `${prefix}_${encodeBase62(randomBytes(12), 17)}`;
}

const poolBytes = 4096;
const bytesPerId = 8;
const hexDigits = Buffer.from('0123456789abcdef');

/** Where the parts of a UUID's text begin: `tttttttt-tttt-7ccc-vrrr-rrrrrrrrrrrr`. */
const place = { counter: 15, variant: 19, random: 24 } as const;

/**
 * Makes UUIDv7 ids (RFC 9562 section 5.7) that sort in the order they were made: 48 bits of Unix milliseconds,
 * a 12-bit counter within the millisecond (section 6.2, method 1), 62 random bits. When the clock steps back or the counter
 * overflows, the timestamp is held at, or moved one past, the last one used.
 */
export function createUuidFactory(clock: Clock): () => string {
  // Written digit by digit: a text put together of pieces is a tree of them, which every reader has to flatten first.
  const text = Buffer.alloc(36, '-');
  let pool = Buffer.alloc(0);
  let offset = 0;
  let lastMs = 0;
  let counter = 0;

  const writeByte = (byte: number, at: number): void => {
    text[at] = hexDigits[byte >> 4] as number;
    text[at + 1] = hexDigits[byte & 15] as number;
  };

  const moveTo = (milliseconds: number): void => {
    lastMs = milliseconds;
    counter = 0;
    const digits = milliseconds.toString(16).padStart(12, '0');
    text.write(`${digits.slice(0, 8)}-${digits.slice(8)}-7`, 'latin1');
  };

  const writeCounter = (): void => {
    text[place.counter] = hexDigits[counter >> 8] as number;
    writeByte(counter & 0xff, place.counter + 1);
  };

  /** The two bits that say which kind of UUID it is, and 62 random ones. */
  const writeRandom = (): void => {
    if (offset + bytesPerId > pool.length) {
      pool = randomBytes(poolBytes);
      offset = 0;
    }
    const first = pool[offset] as number;
    text[place.variant] = hexDigits[8 | ((first >> 4) & 3)] as number;
    text[place.variant + 1] = hexDigits[first & 15] as number;
    writeByte(pool[offset + 1] as number, place.variant + 2);
    for (let index = 2; index < bytesPerId; index++)
      writeByte(pool[offset + index] as number, place.random + (index - 2) * 2);
    offset += bytesPerId;
  };

  return () => {
    const nowMs = clock.now();
    if (nowMs > lastMs) moveTo(nowMs);
    else if (++counter > 0xfff) moveTo(lastMs + 1);
    writeCounter();
    writeRandom();
    return text.toString('latin1');
  };
}

/** The Unix milliseconds a UUIDv7 was made at, or undefined for any other text. */
export function uuidTime(id: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
