import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../kernel/index.ts';
import { createNoteSigner } from './tree/note.ts';

/** The keys a ledger is signed with: the newest signs, the older ones are still known. */
export interface LedgerKeys {
  /** PKCS #8, PEM. */
  readonly signingKey: string;
  /** C2SP verifier keys, the signing one first. */
  readonly verifierKeys: readonly [string, ...string[]];
}

const ownerOnlyFolder = 0o700;
const ownerOnlyFile = 0o600;
const othersBits = 0o077;

export interface OpenLedgerKeys {
  readonly folder: string;
  readonly origin: string;
  /** Whether to make the first key where there is none: not beside a ledger that was signed by another. */
  readonly make: boolean;
}

/**
 * Reads the keys of a folder, making the first where there is none. Files are `ledger-<number>.pem`; the highest signs. A key is
 * rotated by adding the next number: the older ones stay known, so that their checkpoints stay good.
 */
export function openLedgerKeys({ folder, origin, make }: OpenLedgerKeys): LedgerKeys {
  if (make) mkdirSync(folder, { recursive: true, mode: ownerOnlyFolder });
  const names = existsSync(folder) ? keyNames(folder) : [];
  if (names.length === 0 && make) names.push(makeKey(folder));
  return readKeys(folder, names, origin);
}

function keyNames(folder: string): string[] {
  return readdirSync(folder).filter((name) => /^ledger-\d+\.pem$/.test(name));
}

function keyNumber(name: string): number {
  return Number(/\d+/.exec(name)?.[0]);
}

function readKeys(folder: string, names: readonly string[], origin: string): LedgerKeys {
  const newestFirst = names.toSorted((a, b) => keyNumber(b) - keyNumber(a));
  const pems = newestFirst.map((name) => readOwnerOnly(join(folder, name)));
  const [signingKey, ...older] = pems;
  if (signingKey === undefined)
    throw new Fault('data.unusable', {
      detail: `There is no signing key in ${folder}: bring it back, or restore a backup.`,
    });
  const verifierKey = (pem: string) => createNoteSigner(origin, pem).verifierKey;
  return { signingKey, verifierKeys: [verifierKey(signingKey), ...older.map(verifierKey)] };
}

function readOwnerOnly(path: string): string {
  if ((statSync(path).mode & othersBits) !== 0) {
    const detail = `The signing key ${path} can be read by others; make it readable by its owner alone (chmod 600).`;
    throw new Fault('data.unusable', { detail });
  }
  const pem = readFileSync(path, 'utf8');
  try {
    createPrivateKey(pem);
  } catch (cause) {
    throw new Fault('data.unusable', {
      detail: `The signing key ${path} is damaged: restore it from a backup.`,
      cause,
    });
  }
  return pem;
}

/** Written whole under another name first: half a key must never be what the ledger finds. */
function makeKey(folder: string): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const name = 'ledger-1.pem';
  const aside = join(folder, `${name}.new`);
  const file = openSync(aside, 'w', ownerOnlyFile);
  try {
    chmodSync(aside, ownerOnlyFile);
    writeSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(aside, join(folder, name));
  return name;
}
