import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { hashBytes } from './hash.ts';

/** What a checkpoint signs (C2SP tlog-checkpoint). */
export interface TreeHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

export interface NoteSigner {
  readonly verifierKey: string;
  sign(head: TreeHead): string;
}

/** A verifier key taken apart: `name+hash+base64(algorithm ‖ public key)` (C2SP signed-note). */
interface Verifier {
  readonly name: string;
  readonly keyId: Buffer;
  readonly publicKey: KeyObject;
}

const ed25519Type = 0x01;
const keyIdBytes = 4;
const signatureBytes = 64;
const signatureMark = '\u2014 ';
/** The fixed head of an Ed25519 public key in SubjectPublicKeyInfo (RFC 8410 section 4). */
const publicKeyHead = Buffer.from('302a300506032b6570032100', 'hex');

/** Whether a text may name a log: a signature line divides at the space, a verifier key at the plus. */
export function isOrigin(origin: string): boolean {
  return /^[\x21-\x2a\x2c-\x7e]{1,200}$/.test(origin);
}

export function createNoteSigner(origin: string, privateKeyPem: string): NoteSigner {
  const privateKey = createPrivateKey(privateKeyPem);
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new TypeError('A ledger signs with an Ed25519 key.');
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const typed = Buffer.concat([Buffer.from([ed25519Type]), spki.subarray(publicKeyHead.length)]);
  const keyId = keyIdOf(origin, typed);
  return {
    verifierKey: `${origin}+${keyId.toString('hex')}+${typed.toString('base64')}`,
    sign(head) {
      const body = formatHead(head);
      const signature = Buffer.concat([keyId, sign(null, Buffer.from(body), privateKey)]);
      return `${body}\n${signatureMark}${origin} ${signature.toString('base64')}\n`;
    },
  };
}

function formatHead({ origin, size, root }: TreeHead): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

function keyIdOf(name: string, typedKey: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.from(`${name}\n`), typedKey]);
  return hash('sha256', bytes, 'buffer').subarray(0, keyIdBytes);
}

/** Undefined where the text is not an Ed25519 verifier key, or its hash is not that of the key it carries. */
function parseVerifierKey(text: string): Verifier | undefined {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text);
  const [, name, idHex, encoded] = match ?? [];
  const typed = decodeBase64(encoded ?? '');
  if (!name || !idHex || typed?.length !== 1 + hashBytes || typed[0] !== ed25519Type) return undefined;
  const keyId = keyIdOf(name, typed);
  if (keyId.toString('hex') !== idHex) return undefined;
  const der = Buffer.concat([publicKeyHead, typed.subarray(1)]);
  return { name, keyId, publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }) };
}

export function isVerifierKey(text: string): boolean {
  return parseVerifierKey(text) !== undefined;
}

export type OpenedNote =
  | { readonly ok: true; readonly head: TreeHead; readonly verifierKey: string }
  | { readonly ok: false; readonly problem: string };

/**
 * Opens a signed checkpoint. One valid signature by one of the keys is enough; signatures by others (witnesses, a key being
 * rotated in) are passed over, as signed-note demands.
 */
export function openNote(note: string, verifierKeys: readonly string[]): OpenedNote {
  const divide = note.indexOf(`\n\n${signatureMark}`);
  if (divide < 0 || !note.endsWith('\n')) return { ok: false, problem: 'it is not a signed note' };
  const body = note.slice(0, divide + 1);
  const head = parseHead(body);
  if (!head) return { ok: false, problem: 'its text is not origin, size and root hash' };
  for (const line of note.slice(divide + 2, -1).split('\n')) {
    const [name, encoded, ...more] = line.startsWith(signatureMark)
      ? line.slice(signatureMark.length).split(' ')
      : [];
    const signature = decodeBase64(encoded ?? '');
    if (!name || !signature || more.length > 0)
      return { ok: false, problem: 'it has a broken signature line' };
    const verifierKey = verifierKeys.find((key) =>
      isSignedBy({ body, name, signature, key, origin: head.origin }),
    );
    if (verifierKey) return { ok: true, head, verifierKey };
  }
  return { ok: false, problem: 'no known key has signed it' };
}

interface SignatureClaim {
  readonly body: string;
  readonly name: string;
  readonly signature: Buffer;
  readonly key: string;
  readonly origin: string;
}

function isSignedBy({ body, name, signature, key, origin }: SignatureClaim): boolean {
  const verifier = parseVerifierKey(key);
  return (
    verifier !== undefined &&
    verifier.name === name &&
    verifier.name === origin &&
    signature.length === keyIdBytes + signatureBytes &&
    signature.subarray(0, keyIdBytes).equals(verifier.keyId) &&
    verify(null, Buffer.from(body), verifier.publicKey, signature.subarray(keyIdBytes))
  );
}

function parseHead(body: string): TreeHead | undefined {
  const [origin, sizeText, rootText, end, ...more] = body.split('\n');
  if (origin === undefined || sizeText === undefined || end !== '' || more.length > 0) return undefined;
  const root = decodeBase64(rootText ?? '');
  if (!isOrigin(origin) || !/^(0|[1-9]\d{0,15})$/.test(sizeText) || root?.length !== hashBytes)
    return undefined;
  const size = Number(sizeText);
  return Number.isSafeInteger(size) ? { origin, size, root } : undefined;
}

/** Strict: two texts never stand for the same bytes. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return text.length > 0 && bytes.toString('base64') === text ? bytes : undefined;
}
