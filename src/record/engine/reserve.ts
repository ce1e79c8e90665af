import type { LedgerFiles } from '../files.ts';

export const reservePath = 'reserve';

/**
 * Room on the disk held back by a file of zeros. When the disk is full the file is given up, and what must still be written (that
 * recording ended, and why) has room.
 */
export interface Reserve {
  release(): void;
  /** Lays the room by again, where there is enough. */
  restore(freeBytes: number): void;
}

export function createReserve(files: LedgerFiles, bytes: number): Reserve {
  let held = (files.read(reservePath)?.length ?? 0) === bytes;
  return {
    release() {
      held = false;
      files.remove(reservePath);
    },
    restore(freeBytes) {
      // Twice the room, so that laying it by does not itself fill the disk.
      if (held || bytes === 0 || freeBytes < bytes * 2) return;
      files.remove(reservePath);
      const file = files.create(reservePath);
      try {
        files.write(file, Buffer.alloc(bytes));
        files.sync(file);
        held = true;
      } finally {
        files.close(file);
        if (!held) files.remove(reservePath);
      }
    },
  };
}
