import { existsSync, statSync } from 'node:fs';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../../kernel/index.ts';
import { slotBytes } from './slot.ts';

/** In the folder of the keys. */
export const fileOfKeys = 'data-keys';
const slotsAtOnce = 1024;
const othersBits = 0o077;

export interface PlacedSlot {
  readonly index: number;
  readonly bytes: Buffer;
}

/** A file of slots, changed in place: what is wiped is gone from it, and no older copy of it is anywhere. */
export interface SlotFile {
  /** Whether a crash left a second copy of the file when it was last replaced. That copy is overwritten and removed. */
  readonly wasReplacing: boolean;
  /** Slots in the file, the empty ones included. */
  readonly length: number;
  read(index: number): Promise<Buffer>;
  /** Resolves when they are on the disk. */
  write(slots: readonly PlacedSlot[]): Promise<void>;
  /** Overwrites with zeros; resolves when that is on the disk. */
  wipe(indexes: readonly number[]): Promise<void>;
  /** Not synced: what may be lost in a crash. */
  patch(index: number, at: number, bytes: Buffer): Promise<void>;
  all(): AsyncGenerator<PlacedSlot>;
  /** Writes the whole file anew under another name and puts it in place of this one, which is overwritten with zeros. */
  replace(change: (slot: PlacedSlot) => Promise<Buffer>): Promise<void>;
  close(): Promise<void>;
}

/** Whether there are keys already, which a new master key or a new key of names would make useless. */
export function holdsKeys(folder: string): boolean {
  return (statSync(join(folder, fileOfKeys), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/**
 * Opens the file, for its owner alone. `create` makes it where it is missing. Throws Fault `data.unusable` where others can read it, and
 * `data.mismatch` where it is missing and not to be made.
 */
export async function openSlotFile(path: string, { create }: { create: boolean }): Promise<SlotFile> {
  const wasReplacing = await discard(`${path}.new`);
  const isNew = !existsSync(path);
  if (isNew && !create) throw new Fault('data.mismatch', { detail: `${path} is missing.` });
  let file = await open(path, isNew ? 'wx+' : 'r+', 0o600);
  if ((statSync(path).mode & othersBits) !== 0) {
    await file.close();
    throw new Fault('data.unusable', { detail: `The keys in ${path} can be read by others; chmod 600 it.` });
  }
  if (isNew) await syncFolder(dirname(path));
  // A length that is no whole number of slots is a slot whose writing a crash cut off.
  let length = Math.ceil((await file.stat()).size / slotBytes);

  async function* readAll(): AsyncGenerator<PlacedSlot> {
    for (let from = 0; from < length; from += slotsAtOnce) {
      const bytes = Buffer.alloc(slotBytes * Math.min(slotsAtOnce, length - from));
      await file.read(bytes, 0, bytes.length, from * slotBytes);
      for (let offset = 0; offset < bytes.length; offset += slotBytes)
        yield { index: from + offset / slotBytes, bytes: bytes.subarray(offset, offset + slotBytes) };
    }
  }

  async function write(slots: readonly PlacedSlot[]): Promise<void> {
    for (const { index, bytes } of slots) {
      await file.write(bytes, 0, bytes.length, index * slotBytes);
      length = Math.max(length, index + 1);
    }
    await file.datasync();
  }

  return {
    wasReplacing,
    get length() {
      return length;
    },
    async read(index) {
      const bytes = Buffer.alloc(slotBytes);
      await file.read(bytes, 0, slotBytes, index * slotBytes);
      return bytes;
    },
    write,
    wipe: (indexes) => write(indexes.map((index) => ({ index, bytes: Buffer.alloc(slotBytes) }))),
    async patch(index, at, bytes) {
      await file.write(bytes, 0, bytes.length, index * slotBytes + at);
    },
    all: readAll,
    async replace(change) {
      await discard(`${path}.new`);
      const next = await open(`${path}.new`, 'wx+', 0o600);
      try {
        for await (const slot of readAll()) {
          const bytes = await change(slot);
          await next.write(bytes, 0, bytes.length, slot.index * slotBytes);
        }
        await next.sync();
        await rename(`${path}.new`, path);
      } catch (error) {
        await next.close();
        // Where this fails as well the copy stays under its name, for the next rotation or start.
        await discard(`${path}.new`).catch(() => {});
        throw error;
      }
      const old = file;
      file = next;
      try {
        await syncFolder(dirname(path));
        await overwrite(old, length * slotBytes);
      } finally {
        await old.close();
      }
    },
    close: () => file.close(),
  };
}

async function overwrite(file: FileHandle, length: number): Promise<void> {
  const zeros = Buffer.alloc(slotBytes * slotsAtOnce);
  for (let from = 0; from < length; from += zeros.length)
    await file.write(zeros, 0, Math.min(zeros.length, length - from), from);
  await file.datasync();
}

/** Overwrites a file with zeros, then removes it: what is only unlinked can still be read from the disk. False where there is none. */
async function discard(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  const file = await open(path, 'r+');
  try {
    await overwrite(file, (await file.stat()).size);
  } finally {
    await file.close();
  }
  await unlink(path);
  await syncFolder(dirname(path));
  return true;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}
