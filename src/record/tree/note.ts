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
  /** Signs a text of lines that is no checkpoint. */
  signText(text: string): string;
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
  const signText = (text: string): string => {
    const signature = Buffer.concat([keyId, sign(null, Buffer.from(text), privateKey)]);
    return `${text}\n${signatureMark}${origin} ${signature.toString('base64')}\n`;
  };
  return {
    verifierKey: `${origin}+${keyId.toString('hex')}+${typed.toString('base64')}`,
    sign: (head) => signText(formatHead(head)),
    signText,
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
  const match = /^([^+\s\p{C}]{1,200})\+([0-9a-f]{8})\+(\S+)$/u.exec(text);
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

/** The keys of a file of verifier keys: one a line, each once, and nothing else. Undefined where the file is anything but that. */
export function parseVerifierKeys(file: Buffer): string[] | undefined {
  const lines = file.toString().split('\n');
  const isWhole = lines.pop() === '' && lines.length > 0 && Buffer.from(file.toString()).equals(file);
  return isWhole && lines.every(isVerifierKey) && new Set(lines).size === lines.length ? lines : undefined;
}

export type OpenedNote =
  | { readonly ok: true; readonly head: TreeHead; readonly verifierKey: string }
  | { readonly ok: false; readonly problem: string };

/** C2SP signed-note: readers bound the number of signatures. A checkpoint has a few hundred bytes. */
const maxSignatures = 100;
const maxNoteBytes = 65_536;

/** A signed text taken apart. Every byte of the note belongs to its text or to one well-formed signature. */
interface SplitNote {
  readonly body: string;
  readonly signatures: readonly { readonly name: string; readonly bytes: Buffer }[];
}

/**
 * Opens a signed checkpoint. One valid signature by one of the keys is enough; well-formed signatures by others (witnesses, a key being
 * rotated in) are passed over, as signed-note demands. Anything else that is not the text or a signature is refused.
 */
export function openNote(note: string | Buffer, verifierKeys: readonly string[]): OpenedNote {
  const split = splitNote(note);
  if (!split) return { ok: false, problem: 'it is not a signed note' };
  return openSplit(split, verifierKeys);
}

/** Opens the checkpoint of the ledger's own folder, which holds the one signature of the ledger: no byte of it may be anything else. */
export function openOwnCheckpoint(note: Buffer, verifierKeys: readonly string[]): OpenedNote {
  const split = splitNote(note);
  if (split?.signatures.length !== 1) return { ok: false, problem: 'it is not a note with one signature' };
  return openSplit(split, verifierKeys);
}

/** Opens a signed text other than a checkpoint. Its text must not read as one: that is up to whoever chose its first line. */
export function openSignedText(
  note: string | Buffer,
  verifierKeys: readonly string[],
): { readonly text: string; readonly verifierKey: string } | undefined {
  const split = splitNote(note, Number.POSITIVE_INFINITY);
  const verifierKey = split && signerOf(split, verifierKeys);
  return split && verifierKey !== undefined ? { text: split.body, verifierKey } : undefined;
}

function openSplit(split: SplitNote, verifierKeys: readonly string[]): OpenedNote {
  const head = parseHead(split.body);
  if (!head) return { ok: false, problem: 'its text is not origin, size and root hash' };
  const verifierKey = signerOf(split, verifierKeys, head.origin);
  return verifierKey === undefined
    ? { ok: false, problem: 'no known key has signed it' }
    : { ok: true, head, verifierKey };
}

/** The first of the keys that signed the text under its own name, which must be `origin` where one is given. */
function signerOf(
  { body, signatures }: SplitNote,
  keys: readonly string[],
  origin?: string,
): string | undefined {
  for (const { name, bytes } of signatures) {
    if (origin !== undefined && name !== origin) continue;
    const key = keys.find((one) => isSignedBy({ body, name, signature: bytes, key: one }));
    if (key !== undefined) return key;
  }
  return undefined;
}

function splitNote(note: string | Buffer, maxBytes = maxNoteBytes): SplitNote | undefined {
  const text = note.toString();
  // Bytes that are no UTF-8 read as a replacement character, so two files would read alike.
  const exact = typeof note === 'string' ? note.isWellFormed() : Buffer.from(text).equals(note);
  if (!exact || text.length > maxBytes || !text.endsWith('\n')) return undefined;
  const divide = text.lastIndexOf('\n\n');
  if (divide < 1) return undefined;
  const lines = text.slice(divide + 2, -1).split('\n');
  if (lines.length > maxSignatures) return undefined;
  const signatures = lines.flatMap(parseSignature);
  const signers = new Set(
    signatures.map(({ name, bytes }) => `${name}+${bytes.toString('hex', 0, keyIdBytes)}`),
  );
  // A signature counts once: of two by one key, readers could take either.
  if (signatures.length !== lines.length || signers.size !== lines.length) return undefined;
  return { body: text.slice(0, divide + 1), signatures };
}

function parseSignature(line: string): SplitNote['signatures'] {
  const [, name, encoded] = /^\u2014 ([^\s+\p{C}]{1,200}) (\S+)$/u.exec(line) ?? [];
  const bytes = decodeBase64(encoded ?? '');
  return name !== undefined && bytes && bytes.length > keyIdBytes ? [{ name, bytes }] : [];
}

interface SignatureClaim {
  readonly body: string;
  readonly name: string;
  readonly signature: Buffer;
  readonly key: string;
}

function isSignedBy({ body, name, signature, key }: SignatureClaim): boolean {
  const verifier = parseVerifierKey(key);
  return (
    verifier !== undefined &&
    verifier.name === name &&
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
