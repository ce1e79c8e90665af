import { posix } from 'node:path';
import type { FileHandle, LedgerFiles } from '../files.ts';

export const temporaryFolder = 'temporary';

/** Few at once: the threads that wait for the disk are the whole process's. */
const syncsAtOnce = 2;

export interface Product {
  readonly path: string;
  readonly bytes: Buffer;
}

export type Place = (products: readonly Product[]) => Promise<void>;

/**
 * Makes files appear whole and durable under their names: written aside, synced, renamed, the folders synced. The
 * waiting for the disk happens off the thread, so that appends go on meanwhile.
 */
export function createPlacer(files: LedgerFiles): Place {
  const known = new Set<string>(['.']);
  let count = 0;

  const writeAside = (bytes: Buffer): { aside: string; file: FileHandle } => {
    count += 1;
    const aside = `${temporaryFolder}/${count}`;
    const file = files.create(aside);
    try {
      files.write(file, bytes);
    } catch (error) {
      files.close(file);
      throw error;
    }
    return { aside, file };
  };

  /** The folder and those above it that were not there before. */
  const makeFolders = (folder: string): string[] => {
    if (known.has(folder)) return [folder];
    files.makeFolder(folder);
    const made = [folder];
    for (let above = posix.dirname(folder); ; above = posix.dirname(above)) {
      made.push(above);
      if (above === '.') break;
    }
    for (const name of made) known.add(name);
    return made;
  };

  return async (products) => {
    const written: { aside: string; file: FileHandle; path: string }[] = [];
    const changed = new Set<string>();
    let closed = 0;
    try {
      for (const { path, bytes } of products) written.push({ ...writeAside(bytes), path });
      for (let begin = 0; begin < written.length; begin += syncsAtOnce) {
        await Promise.all(written.slice(begin, begin + syncsAtOnce).map(({ file }) => files.syncLater(file)));
      }
      while (closed < written.length) {
        const item = written[closed];
        closed += 1;
        if (item) files.close(item.file);
      }
      for (const { aside, path } of written) {
        for (const folder of makeFolders(posix.dirname(path))) changed.add(folder);
        files.rename(aside, path);
      }
      for (const folder of changed) files.syncFolder(folder);
    } finally {
      for (const { file } of written.slice(closed)) files.close(file);
    }
  };
}
