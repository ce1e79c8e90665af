import {
  closeSync,
  fdatasyncSync,
  fsync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** What verification needs of a ledger folder. Paths are relative to it, with `/`. */
export interface LedgerReader {
  read(path: string): Buffer | undefined;
  /** Names in a folder, sorted; folders end in `/`. Empty where there is no such folder. */
  list(path: string): string[];
}

/** An open file. */
export type FileHandle = number;

/** All that the ledger asks of a file system: narrow, so that a test can fill the disk, tear a write or fail a sync. */
export interface LedgerFiles extends LedgerReader {
  makeFolder(path: string): void;
  /** Creates a file that must not exist. */
  create(path: string): FileHandle;
  /** Writes all of it or throws; at the end of what was written so far, or where it is told. */
  write(file: FileHandle, bytes: Uint8Array, position?: number): void;
  /** Makes the content durable before it returns. */
  sync(file: FileHandle): void;
  /** The same off the calling thread. */
  syncLater(file: FileHandle): Promise<void>;
  close(file: FileHandle): void;
  rename(from: string, to: string): void;
  /** Removes a file or a whole folder; nothing happens where there is none. */
  remove(path: string): void;
  /** Makes names created, renamed or removed in a folder durable. */
  syncFolder(path: string): void;
  freeBytes(): number;
}

const ownerOnlyFolder = 0o700;
const ownerOnlyFile = 0o600;

export function createLedgerReader(root: string): LedgerReader {
  return {
    read: (path) => unlessMissing(() => readFileSync(join(root, path))),
    list(path) {
      const found = unlessMissing(() => readdirSync(join(root, path), { withFileTypes: true })) ?? [];
      return found.map((item) => (item.isDirectory() ? `${item.name}/` : item.name)).sort();
    },
  };
}

export function createLedgerFiles(root: string): LedgerFiles {
  return {
    ...createLedgerReader(root),
    makeFolder(path) {
      mkdirSync(join(root, path), { recursive: true, mode: ownerOnlyFolder });
    },
    create: (path) => openSync(join(root, path), 'wx', ownerOnlyFile),
    write(file, bytes, position) {
      for (let written = 0; written < bytes.length; ) {
        const at = position === undefined ? null : position + written;
        written += writeSync(file, bytes, written, bytes.length - written, at);
      }
    },
    sync: fdatasyncSync,
    syncLater: (file) =>
      new Promise((resolve, reject) => {
        fsync(file, (error) => (error ? reject(error) : resolve()));
      }),
    close: closeSync,
    rename(from, to) {
      renameSync(join(root, from), join(root, to));
    },
    remove(path) {
      rmSync(join(root, path), { recursive: true, force: true });
    },
    syncFolder(path) {
      const folder = openSync(join(root, path), 'r');
      try {
        fsyncSync(folder);
      } finally {
        closeSync(folder);
      }
    },
    freeBytes() {
      const { bavail, bsize } = statfsSync(root);
      return bavail * bsize;
    },
  };
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}
