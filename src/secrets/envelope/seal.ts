import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Fault } from '../../kernel/index.ts';

/** What sealed bytes belong to. They open for this very thing, under this key, and for no other. */
export interface SealContext {
  readonly keyId: string;
  /** What they are: `key`, `name`, `captured`, `case`. */
  readonly purpose: string;
  /** Whose, or of which row. */
  readonly about: string;
}

const version = 1;
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** What sealing adds to a text. */
export const sealOverheadBytes = 1 + nonceBytes + tagBytes;

/**
 * AES-256-GCM with a fresh random nonce: version ‖ nonce ‖ ciphertext ‖ tag. A key seals far fewer than the 2^32 texts at which NIST SP
 * 800-38D (section 8.3) ends the use of random nonces: a master key at most a slot each, a data key the records of one subject or day.
 */
export function seal(key: Uint8Array, text: Uint8Array, context: SealContext): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', checkedKey(key), nonce, { authTagLength: tagBytes });
  cipher.setAAD(associatedData(context));
  return Buffer.concat([Buffer.of(version), nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

/** Throws Fault `seal.broken` where a byte was changed, or the bytes belong to another key, purpose or thing. */
export function unseal(key: Uint8Array, sealed: Uint8Array, context: SealContext): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < sealOverheadBytes || bytes[0] !== version) throw new Fault('seal.broken');
  const decipher = createDecipheriv('aes-256-gcm', checkedKey(key), bytes.subarray(1, 1 + nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(associatedData(context)).setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(1 + nonceBytes, -tagBytes)), decipher.final()]);
  } catch (cause) {
    throw new Fault('seal.broken', { cause });
  }
}

function checkedKey(key: Uint8Array): Uint8Array {
  if (key.length !== keyBytes) throw new RangeError(`A key has ${keyBytes} bytes.`);
  return key;
}

/** Each part with its length before it, so that no two contexts are the same bytes. */
function associatedData({ keyId, purpose, about }: SealContext): Buffer {
  const parts = ['surety seal 1', keyId, purpose, about].map((part) => Buffer.from(part));
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}
