import { randomBytes, randomFillSync } from 'node:crypto';
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

const hexByte = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));
const poolSize = 4096;

/**
 * Makes UUIDv7 ids (RFC 9562 section 5.7) that sort in the order they were made: 48 bits of Unix milliseconds,
 * a 12-bit counter within the millisecond (section 6.2, method 1), 62 random bits. When the clock steps back or the counter
 * overflows, the timestamp is held at, or moved one past, the last one used.
 */
export function createUuidFactory(clock: Clock): () => string {
  const pool = Buffer.alloc(poolSize);
  let offset = poolSize;
  let lastMs = 0;
  let counter = 0;

  return () => {
    const nowMs = clock.now();
    if (nowMs > lastMs) {
      lastMs = nowMs;
      counter = 0;
    } else if (++counter > 0xfff) {
      lastMs += 1;
      counter = 0;
    }
    if (offset + 8 > poolSize) {
      randomFillSync(pool);
      offset = 0;
    }
    const timestamp = lastMs.toString(16).padStart(12, '0');
    const random = pool.subarray(offset, offset + 8);
    offset += 8;
    const variant = ((random[0] as number) & 0x3f) | 0x80;
    let tail = '';
    for (let index = 2; index < 8; index++) tail += hexByte[random[index] as number];
    return (
      `${timestamp.slice(0, 8)}-${timestamp.slice(8)}-7${counter.toString(16).padStart(3, '0')}` +
      `-${hexByte[variant]}${hexByte[random[1] as number]}-${tail}`
    );
  };
}

/** The Unix milliseconds a UUIDv7 was made at, or undefined for any other text. */
export function uuidTime(id: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
