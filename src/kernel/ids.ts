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
const randomDigits = 16;
/** The two bits that say which kind of UUID it is, with the two random bits beside them. */
const variantDigits = '89ab';

/**
 * Makes UUIDv7 ids (RFC 9562 section 5.7) that sort in the order they were made: 48 bits of Unix milliseconds,
 * a 12-bit counter within the millisecond (section 6.2, method 1), 62 random bits. When the clock steps back or the counter
 * overflows, the timestamp is held at, or moved one past, the last one used.
 */
export function createUuidFactory(clock: Clock): () => string {
  let pool = '';
  let offset = 0;
  let lastMs = 0;
  let timestamp = '';
  let counter = 0;

  const moveTo = (milliseconds: number) => {
    lastMs = milliseconds;
    counter = 0;
    const digits = milliseconds.toString(16).padStart(12, '0');
    timestamp = `${digits.slice(0, 8)}-${digits.slice(8)}-7`;
  };

  return () => {
    const nowMs = clock.now();
    if (nowMs > lastMs) moveTo(nowMs);
    else if (++counter > 0xfff) moveTo(lastMs + 1);
    if (offset + randomDigits > pool.length) {
      pool = randomBytes(poolBytes).toString('hex');
      offset = 0;
    }
    const begin = offset;
    offset += randomDigits;
    const variant = variantDigits[digitValue(pool.charCodeAt(begin)) & 3];
    return `${timestamp}${counterDigits(counter)}-${variant}${pool.slice(begin + 1, begin + 4)}-${pool.slice(begin + 4, offset)}`;
  };
}

/** Of a lower-case hexadecimal digit's code. */
function digitValue(code: number): number {
  return (code & 15) + 9 * (code >> 6);
}

function counterDigits(counter: number): string {
  const digits = counter.toString(16);
  return counter > 0xff ? digits : counter > 0xf ? `0${digits}` : `00${digits}`;
}

/** The Unix milliseconds a UUIDv7 was made at, or undefined for any other text. */
export function uuidTime(id: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
