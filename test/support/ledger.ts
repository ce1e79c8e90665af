import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { createUuidFactory, type Log, systemClock } from '../../src/kernel/index.ts';
import type { OpenChannel } from '../../src/record/client/channel.ts';
import { openLedger } from '../../src/record/client/open.ts';
import { startEngine } from '../../src/record/engine/engine.ts';
import type { EngineEvent } from '../../src/record/engine/messages.ts';
import type { Entry } from '../../src/record/entry.ts';
import { createLedgerFiles, type LedgerFiles } from '../../src/record/files.ts';
import type { Ledger, RecordedEntry, SubscribeOptions, SubscriberBatch } from '../../src/record/ledger.ts';
import type { LedgerOptions } from '../../src/record/settings.ts';
import type { Cursors } from '../../src/record/store.ts';
import { type LedgerVerification, type VerifyLedger, verifyLedger } from '../../src/record/verify/verify.ts';

/** What a disk does wrong, changed while a test runs. */
export interface DiskFaults {
  /** The next writes to the journal stop after this many bytes. */
  tearJournalAfter?: number | undefined;
  failJournalSync?: boolean;
  failTiles?: boolean;
  /** Bytes that can still be written anywhere; the reserve gives its own back. */
  room?: number | undefined;
  freeBytes?: number | undefined;
  /** How long each file of the tree takes to be synced. */
  slowTilesMs?: number;
  /** Called before each change of the disk; throws what the disk answers. */
  inject?: ((operation: string, path: string) => void) | undefined;
}

export interface TestLedger {
  readonly folder: string;
  readonly ledgerFolder: string;
  readonly indexFile: string;
  readonly logged: string[];
  /** Counts of refused entries that could only be logged. */
  readonly untold: number[];
  readonly cursors: Map<string, number>;
  open(options?: Partial<LedgerOptions>): Promise<Ledger>;
  /** On this thread, over a disk with faults. */
  openFaulty(faults: DiskFaults, options?: Partial<LedgerOptions>): Promise<Ledger>;
  verify(ledger: Pick<Ledger, 'verifierKey'>, more?: Partial<VerifyLedger>): Promise<LedgerVerification>;
  remove(): void;
}

export const newTestId = createUuidFactory(systemClock);

export function testEntry(values: Partial<Entry> = {}): Entry {
  return {
    id: newTestId(),
    at: new Date().toISOString(),
    kind: 'test.happened',
    outcome: 'succeeded',
    ...values,
  };
}

export async function appendMany(
  ledger: Ledger,
  count: number,
  values: (index: number) => Partial<Entry> = () => ({}),
) {
  const entries = Array.from({ length: count }, (_, index) => testEntry(values(index)));
  await Promise.all(entries.map((entry) => ledger.append(entry)));
  return entries;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Makes ledgers for one test file, removed when its tests are over. */
export function useTestLedgers(): () => TestLedger {
  const made: TestLedger[] = [];
  after(() => {
    for (const ledger of made) ledger.remove();
  });
  return () => {
    const ledger = createTestLedger();
    made.push(ledger);
    return ledger;
  };
}

function createTestLedger(): TestLedger {
  const folder = mkdtempSync(join(tmpdir(), 'surety-ledger-'));
  const ledgerFolder = join(folder, 'ledger');
  const indexFile = join(folder, 'index.sqlite');
  const logged: string[] = [];
  const cursorRows = new Map<string, number>();
  const write = (message: string) => {
    logged.push(message);
  };
  const untold: number[] = [];
  let alive: NodeJS.Timeout | undefined;
  const error: Log['error'] = (message, fields) => {
    write(message);
    if (message.includes('no entry of the ledger says so')) untold.push(Number(fields?.['refused']));
  };
  const log: Log = { debug: write, info: write, warn: write, error };
  const cursors: Cursors = {
    load: async (name) => cursorRows.get(name) ?? 0,
    async save(name, next) {
      cursorRows.set(name, next);
    },
  };
  const given = {
    folder: ledgerFolder,
    indexFile,
    keysFolder: join(folder, 'keys'),
    origin: 'test.example/ledger',
  };
  const common = { ...given, clock: systemClock, log, newId: newTestId, cursors };
  const quick = {
    checkpointEveryMs: 20,
    diskPollMs: 10,
    reopenAfterMs: 5,
    subscriberRestMs: 1,
    reserveBytes: 4096,
  };
  const tests = { ...quick, diskWarnBytes: 2, diskStopBytes: 1 };
  return {
    folder,
    ledgerFolder,
    indexFile,
    logged,
    untold,
    cursors: cursorRows,
    open: (options = {}) => openLedger({ ...common, options: { ...tests, ...options } }),
    openFaulty(faults, options = {}) {
      // The timers of the engine keep no thread alive, and here it has none of its own.
      alive ??= setInterval(() => {}, 1000);
      const openChannel = openLocalChannel(createFaultyFiles(ledgerFolder, faults));
      return openLedger({ ...common, options: { ...tests, ...options }, openChannel });
    },
    verify: ({ verifierKey }, more = {}) =>
      verifyLedger({ folder: ledgerFolder, verifierKeys: [verifierKey], ...more }),
    remove() {
      clearInterval(alive);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

function createFaultyFiles(folder: string, faults: DiskFaults): LedgerFiles {
  const files = createLedgerFiles(folder);
  const paths = new Map<number, string>();
  const inJournal = (file: number) => paths.get(file)?.startsWith('journal/') === true;
  return {
    ...files,
    create(path) {
      faults.inject?.('create', path);
      const file = files.create(path);
      paths.set(file, path);
      return file;
    },
    write(file, bytes, position) {
      faults.inject?.('write', paths.get(file) ?? '');
      if (faults.tearJournalAfter !== undefined && inJournal(file)) {
        files.write(file, bytes.subarray(0, faults.tearJournalAfter), position);
        throw failure('EIO');
      }
      // Bundles, tiles and later checkpoints are written there under a number, the first checkpoint under its name.
      if (faults.failTiles && /^temporary\/\d+$/.test(paths.get(file) ?? '')) throw failure('EIO');
      if (faults.room !== undefined) {
        const fits = Math.min(bytes.length, faults.room);
        faults.room -= fits;
        files.write(file, bytes.subarray(0, fits), position);
        if (fits < bytes.length) throw failure('ENOSPC');
        return;
      }
      files.write(file, bytes, position);
    },
    sync(file) {
      faults.inject?.('sync', paths.get(file) ?? '');
      if (faults.failJournalSync && inJournal(file)) throw failure('EIO');
      files.sync(file);
    },
    async syncLater(file) {
      faults.inject?.('sync', paths.get(file) ?? '');
      if (faults.slowTilesMs !== undefined)
        await new Promise((resolve) => setTimeout(resolve, faults.slowTilesMs));
      await files.syncLater(file);
    },
    rename(from, to) {
      faults.inject?.('rename', to);
      files.rename(from, to);
    },
    makeFolder(path) {
      faults.inject?.('makeFolder', path);
      files.makeFolder(path);
    },
    syncFolder(path) {
      faults.inject?.('syncFolder', path);
      files.syncFolder(path);
    },
    remove(path) {
      if (path === 'reserve' && faults.room !== undefined) faults.room += files.read(path)?.length ?? 0;
      files.remove(path);
    },
    freeBytes: () => faults.freeBytes ?? files.freeBytes(),
  };
}

/** The engine on the calling thread, over given files that can fail. */
function openLocalChannel(files: LedgerFiles): OpenChannel {
  return (settings, { onEvent }) => {
    const later = (event: EngineEvent) => {
      setImmediate(onEvent, event);
    };
    const receive = startEngine({ settings, files, post: later });
    return {
      post: (message) => {
        setImmediate(receive, message);
      },
      async end() {},
    };
  };
}

/** Waits for a condition the ledger brings about by itself. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('The condition did not come about within 10 s.');
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

/** A subscriber that is given its entries batch by batch. */
export function inBatches(
  handle: (batch: readonly RecordedEntry[], next: number) => Promise<void>,
  fullAt = 4096,
): () => SubscriberBatch {
  return () => {
    const taken: RecordedEntry[] = [];
    return {
      take: (recorded) => void taken.push(recorded),
      get full() {
        return taken.length >= fullAt;
      },
      commit: (next) => handle(taken, next),
    };
  };
}

/** Gives entries to a subscriber as the ledger does, as one batch: only the kinds it wants, and where the next begins. */
export function handOver(begin: () => SubscriberBatch, { kinds }: SubscribeOptions = {}) {
  return (entries: readonly RecordedEntry[]): Promise<void> => {
    const batch = begin();
    for (const recorded of entries) if (kinds?.includes(recorded.entry.kind) ?? true) batch.take(recorded);
    return batch.commit((entries.at(-1)?.index ?? -1) + 1);
  };
}
