import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Fault, type Secret } from '../../kernel/index.ts';
import { openKeyFile } from '../key-file.ts';
import { holdsKeys } from './slot-file.ts';
import type { KeyProvider } from './key-provider.ts';
import { seal, unseal } from './seal.ts';

interface LocalVersion {
  readonly id: string;
  readonly createdAt: number;
  readonly file: string;
  readonly key: Secret;
}

const fileName = /^master-([1-9]\d{0,8})\.key$/;

/**
 * Master keys in owner-only files of a folder, `master-1.key` and so on; the highest wraps. `create` makes the first where there is none. Throws Fault
 * `data.unusable` where others can read one, or one is damaged, and `data.mismatch` where there is none and none is to be made.
 */
export function openLocalKeys(folder: string, { create }: { create: boolean }): KeyProvider {
  if (create) mkdirSync(folder, { recursive: true, mode: 0o700 });
  else if (!existsSync(folder)) throw new Fault('data.mismatch', { detail: `${folder} is missing.` });
  // Left by a crash while a key was made: never used, or another name of one that is.
  for (const name of readdirSync(folder)) if (/\.key\.\d+\.new$/.test(name)) unlinkSync(join(folder, name));
  const versions = new Map<string, LocalVersion>();
  const add = (number: number, make: boolean): LocalVersion => {
    const file = join(folder, `master-${number}.key`);
    const key = openKeyFile(file, { create: make });
    const version = { id: `master-${number}`, createdAt: Math.floor(statSync(file).mtimeMs), file, key };
    versions.set(version.id, version);
    return version;
  };
  const numbers = removeRetired(folder);
  if (numbers.length === 0 && holdsKeys(folder))
    throw new Fault('data.unusable', {
      detail: `${folder} has keys and no master key that opens them: bring master-N.key back.`,
    });
  if (numbers.length === 0 && !create)
    throw new Fault('data.mismatch', { detail: `${folder} is empty: it has no master key.` });
  for (const number of numbers) add(number, false);
  if (numbers.length === 0) add(1, true);
  let highest = numbers.at(-1) ?? 1;

  const keyOf = (id: string): Buffer => {
    const version = versions.get(id);
    if (!version) throw new Fault('key.unknown', { detail: `It is wrapped under ${id.slice(0, 64)}.` });
    return Buffer.from(version.key.reveal(), 'base64url');
  };

  return {
    name: 'local',
    current: () => `master-${highest}`,
    versions: () => [...versions.values()].map(({ id, createdAt }) => ({ id, createdAt })),
    async wrap(key, context) {
      const masterId = `master-${highest}`;
      return { masterId, bytes: seal(keyOf(masterId), key, bound(masterId, context)) };
    },
    async unwrap({ masterId, bytes }, context) {
      return unseal(keyOf(masterId), bytes, bound(masterId, context));
    },
    async advance() {
      const made = add(highest + 1, true);
      syncFolder(folder);
      highest += 1;
      return made.id;
    },
    async retire(id) {
      const version = versions.get(id);
      if (!version) return;
      if (id === `master-${highest}`)
        throw new Fault('api.conflict', { detail: 'The master key in use is not destroyed.' });
      overwrite(version.file);
      unlinkSync(version.file);
      syncFolder(folder);
      versions.delete(id);
    },
  };
}

/** The versions there are, ascending. A crash may have ended between overwriting an old one and removing its file. */
function removeRetired(folder: string): readonly number[] {
  const numbers = readdirSync(folder)
    .flatMap((name) => fileName.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
  return numbers.filter((number) => {
    const file = join(folder, `master-${number}.key`);
    if (number === numbers.at(-1) || readFileSync(file).some((byte) => byte !== 0)) return true;
    unlinkSync(file);
    return false;
  });
}

/** The version is bound in as well: a wrapped key that names another does not open under it. */
function bound(masterId: string, { keyId, purpose, subject }: Parameters<KeyProvider['wrap']>[1]) {
  return { keyId: masterId, purpose: `key of ${purpose}`, about: `${keyId} ${subject}` };
}

/** What is only unlinked can still be read from the disk. */
function overwrite(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    writeSync(handle, Buffer.alloc(statSync(file).size), 0, undefined, 0);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
