import { statSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
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

/** Opens or makes it, for its owner alone. Throws Fault `data.unusable` where others can read it. */
export async function openSlotFile(path: string): Promise<SlotFile> {
  await rm(`${path}.new`, { force: true });
  const isNew = !statSync(path, { throwIfNoEntry: false });
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
        await rm(`${path}.new`, { force: true });
        throw error;
      }
      const old = file;
      file = next;
      await syncFolder(dirname(path));
      await overwrite(old, length);
      await old.close();
    },
    close: () => file.close(),
  };
}

async function overwrite(file: FileHandle, slots: number): Promise<void> {
  const zeros = Buffer.alloc(slotBytes * slotsAtOnce);
  for (let from = 0; from < slots; from += slotsAtOnce) {
    const bytes = slotBytes * Math.min(slotsAtOnce, slots - from);
    await file.write(zeros, 0, bytes, from * slotBytes);
  }
  await file.datasync();
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}
