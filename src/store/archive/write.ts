import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../kernel/index.ts';
import { blockBytes, paddingOf, writeHeader } from './header.ts';

/** A folder as one stream (tar), a piece at a time. Nothing else may write into it meanwhile. */
export async function* writeArchive(folder: string): AsyncGenerator<Uint8Array> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  for (const name of names) {
    const file = join(folder, name);
    const stats = statSync(file);
    if (!stats.isFile()) continue;
    yield writeHeader({ name, bytes: stats.size });
    let left = stats.size;
    for await (const chunk of createReadStream(file)) {
      left -= (chunk as Buffer).length;
      yield chunk as Buffer;
    }
    if (left !== 0) throw new Fault('internal', { detail: 'A file changed while it was sent.' });
    yield Buffer.alloc(paddingOf(stats.size));
  }
  yield Buffer.alloc(2 * blockBytes);
}
