import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../../kernel/index.ts';
import { isBackupFile } from './files.ts';
import { blockBytes, paddingOf, readHeader } from './header.ts';

/**
 * Writes the files of an archive into a new folder; gives their bytes. Whoever sent it may lie: only names of a backup are taken, none twice, also
 * not in other letters; nothing is written over, only plain files are made, and an archive without files, that stops before its end or that goes on
 * after it is refused.
 */
export async function readArchive(chunks: AsyncIterable<Uint8Array>, folder: string): Promise<number> {
  const seen = new Set<string>();
  await mkdir(folder, { mode: 0o700 });
  const source = createSource(chunks);
  let bytes = 0;
  for (;;) {
    const file = readHeader(await source.exactly(blockBytes));
    if (!file) break;
    // A file system that does not tell letters apart would take both for one file.
    const folded = file.name.toLowerCase();
    if (!isBackupFile(file.name) || seen.has(folded))
      throw new Fault('data.unusable', {
        detail: `What came is no backup: ${JSON.stringify(file.name)} is no file of one, or came twice.`,
      });
    seen.add(folded);
    const path = join(folder, file.name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(path, 'wx', 0o600);
    try {
      await copy(source, handle, file.bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    requireZeros(await source.exactly(paddingOf(file.bytes)));
    bytes += file.bytes;
  }
  requireZeros(await source.exactly(blockBytes));
  if (seen.size === 0) throw new Fault('data.unusable', { detail: 'What came is no backup: it is empty.' });
  if (!(await source.ended()))
    throw new Fault('data.unusable', { detail: 'What came is no backup: it goes on after its end.' });
  return bytes;
}

function requireZeros(bytes: Buffer): void {
  if (bytes.some((byte) => byte !== 0))
    throw new Fault('data.unusable', {
      detail: 'What came is no backup: something stands between its files.',
    });
}

async function copy(source: Source, handle: FileHandle, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; ) {
    const piece = await source.some(left);
    await handle.writeFile(piece);
    left -= piece.length;
  }
}

type Source = ReturnType<typeof createSource>;

/** Bytes by number, whatever pieces they come in. */
function createSource(chunks: AsyncIterable<Uint8Array>) {
  const iterator = chunks[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  async function fill(): Promise<void> {
    while (held.length === 0) {
      const next = await iterator.next();
      if (next.done)
        throw new Fault('data.unusable', { detail: 'The backup did not come whole: ask for it again.' });
      held = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
  }

  /** At least one byte, and `most` at most. */
  async function some(most: number): Promise<Buffer> {
    await fill();
    const piece = held.subarray(0, most);
    held = held.subarray(piece.length);
    return piece;
  }

  return {
    some,
    async ended(): Promise<boolean> {
      while (held.length === 0) {
        const next = await iterator.next();
        if (next.done) return true;
        held = Buffer.from(next.value);
      }
      return false;
    },
    async exactly(bytes: number): Promise<Buffer> {
      const pieces: Buffer[] = [];
      for (let left = bytes; left > 0; ) {
        const piece = await some(left);
        pieces.push(piece);
        left -= piece.length;
      }
      return Buffer.concat(pieces);
    },
  };
}
