import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../../kernel/index.ts';
import { blockBytes, paddingOf, readHeader } from './header.ts';

/**
 * Writes the files of an archive into a new folder; gives their bytes. Whoever sent it may lie: no name leads out of the folder, nothing is written
 * over, only plain files are made, and an archive that stops before its end is refused.
 */
export async function readArchive(chunks: AsyncIterable<Uint8Array>, folder: string): Promise<number> {
  await mkdir(folder, { mode: 0o700 });
  const source = createSource(chunks);
  let bytes = 0;
  for (;;) {
    const file = readHeader(await source.exactly(blockBytes));
    if (!file) break;
    const path = join(folder, file.name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(path, 'wx', 0o600);
    try {
      await copy(source, handle, file.bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await source.exactly(paddingOf(file.bytes));
    bytes += file.bytes;
  }
  await source.exactly(blockBytes);
  return bytes;
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
