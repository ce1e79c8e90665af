import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, randomId } from '../kernel/index.ts';
import { writeArchive } from '../store/index.ts';
import { backupDataFolder, bytesOf } from './backup.ts';
import { streamOut } from './stream-out.ts';
import type { House } from './house.ts';

/** In the data folder: as closed to others, and on a disk that can share what is copied. */
function downloadsFolder(dataFolder: string): string {
  return join(dataFolder, 'downloads');
}

/** What a crash left of copies that were being sent. */
export function removeDownloads(dataFolder: string): Promise<void> {
  return rm(downloadsFolder(dataFolder), { recursive: true, force: true });
}

/** One of a kind at a time: each holds a copy of the data folder, or a reader of the ledger. */
function createSlot(what: string) {
  let taken = false;
  return {
    take(): () => void {
      if (taken)
        throw new Fault('api.conflict', {
          detail: `Another ${what} is on its way: wait until it is through.`,
        });
      taken = true;
      return () => {
        taken = false;
      };
    },
  };
}

/**
 * What leaves the machine through the console port, as it is made. Recorded before its first byte leaves; one at a time; a reader that stalls is
 * left, and what was made for it goes.
 */
export function createDownloads(house: House) {
  const { folder, store, ledger } = house;
  const [backups, exports] = [createSlot('backup'), createSlot('export')];

  /** A copy must not fill the disk that the ledger stands on: then every call would be refused. */
  async function requireRoom(): Promise<void> {
    const { bavail, bsize } = await statfs(folder.paths.folder);
    const needed = bytesOf(folder.paths.folder) + house.policy().policy.record.disk.warn;
    if (bavail * bsize < needed)
      throw new Fault('api.conflict', {
        detail:
          'There is no room for the copy that is sent: free some, or back up on the machine to another disk.',
      });
  }

  return {
    async backup(operator: string): Promise<ReadableStream<Uint8Array>> {
      const release = backups.take();
      const parent = downloadsFolder(folder.paths.folder);
      const out = join(parent, randomId('bak'));
      const end = async (): Promise<void> => {
        await rm(out, { recursive: true, force: true }).catch(() =>
          house.log.warn('a copy could not be removed'),
        );
        release();
      };
      try {
        await requireRoom();
        await mkdir(parent, { recursive: true, mode: 0o700 });
        const { bytes, entries } = await backupDataFolder({ paths: folder.paths, store, out });
        await house.note('system.backed-up', {
          actor: operator,
          detail: { bytes, entries, downloaded: true },
        });
      } catch (error) {
        await end();
        throw error;
      }
      return streamOut(writeArchive(out), end);
    },

    async exportRange(
      range: { since: number; until: number },
      operator: string,
    ): Promise<ReadableStream<Uint8Array>> {
      const release = exports.take();
      try {
        const lines = ledger.exportRange(range)[Symbol.asyncIterator]();
        const head = await lines.next();
        const first = head.done ? '' : head.value;
        const { begin = 0, end = 0 } = JSON.parse(first || '{}') as { begin?: number; end?: number };
        await house.note('ledger.exported', {
          actor: operator,
          detail: { entries: end - begin, downloaded: true },
        });
        return streamOut(encoded(first, lines), async () => release());
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

const pieceBytes = 65_536;

/** Lines in pieces worth sending. */
async function* encoded(head: string, lines: AsyncIterator<string>): AsyncGenerator<Uint8Array> {
  let text = head;
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    text += next.value;
    if (text.length < pieceBytes) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}
