import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Fault, Secret } from '../kernel/index.ts';

const keyBytes = 32;
const othersBits = 0o077;

/**
 * A key of Surety's own in an owner-only file: 32 random bytes as base64url. `create` makes it where there is none. Throws Fault `data.unusable` where
 * others can read it or it is not whole, and `data.mismatch` where it is missing and not to be made: a key that changed silently would make
 * everything named or sealed with it meaningless.
 */
export function openKeyFile(path: string, { create }: { create: boolean }): Secret {
  if (create) makeKeyFile(path);
  else if (!existsSync(path)) throw new Fault('data.mismatch', { detail: `The key ${path} is missing.` });
  if ((statSync(path).mode & othersBits) !== 0) {
    throw new Fault('data.unusable', { detail: `The key ${path} can be read by others; chmod 600 it.` });
  }
  const text = readFileSync(path, 'utf8').trim();
  if (Buffer.from(text, 'base64url').length !== keyBytes) {
    throw new Fault('data.unusable', { detail: `The key ${path} is damaged: restore it from a backup.` });
  }
  return new Secret(text);
}

/** Written whole under another name and linked, which fails where there is one already: an existing key is never written over. */
function makeKeyFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.${process.pid}.new`;
  const file = openSync(aside, 'w', 0o600);
  try {
    writeSync(file, `${randomBytes(keyBytes).toString('base64url')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  linkSync(aside, path);
  rmSync(aside);
}
