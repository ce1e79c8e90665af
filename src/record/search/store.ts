import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type BundleFilter, type BundlesFound, createLook } from './look.ts';
import type { Summary } from './summary.ts';
import { bundlesPerEpoch, createTermWriter, termsSchema } from './terms.ts';

const schemaVersion = 2;

const schema = `
  CREATE TABLE bundles (
    bundle INTEGER PRIMARY KEY, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
    first_id INTEGER NOT NULL, last_id INTEGER NOT NULL);
  ${termsSchema.trim()}
  CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1), indexed INTEGER NOT NULL, last_leaf BLOB NOT NULL, clean INTEGER NOT NULL);
  INSERT INTO state VALUES (1, 0, x'', 1);
  PRAGMA user_version = ${schemaVersion};
`;

/** Which bundles may hold which terms. Everything in it can be made again from the bundles. */
export interface IndexStore {
  /** Bundles indexed so far, from the first on. */
  readonly indexed: number;
  /** The hash of the last leaf indexed: an index that belongs to another history is told by it. */
  readonly lastLeaf: Uint8Array;
  /** Adds the bundles that come next; `leaf` is the hash of their last leaf. */
  add(summaries: readonly Summary[], leaf: Uint8Array): void;
  commit(): void;
  look(filter: BundleFilter): BundlesFound;
  /** Forgets bundles, and starts indexing from this one where it stands before it. */
  dropBefore(bundle: number): void;
  close(): void;
}

/** Opens the index; throws where the file is damaged. */
export function openIndexStore(path: string): IndexStore {
  const db = new DatabaseSync(path);
  try {
    return createIndexStore(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

export function removeIndexStore(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
}

function createIndexStore(db: DatabaseSync): IndexStore {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;');
  if (prepareSchema(db).clean === 0) checkPages(db);
  db.exec('UPDATE state SET clean = 0');
  const state = db.prepare('SELECT indexed, last_leaf FROM state').get();
  let indexed = Number(state?.['indexed']);
  let lastLeaf = new Uint8Array(state?.['last_leaf'] as Uint8Array);
  let open = false;
  const begin = () => {
    if (!open) db.exec('BEGIN');
    open = true;
  };
  const addBundle = db.prepare('INSERT OR REPLACE INTO bundles VALUES (?, ?, ?, ?, ?)');
  const termWriter = createTermWriter(db);
  const look = createLook(db);
  const setState = db.prepare('UPDATE state SET indexed = ?, last_leaf = ?');
  const commit = () => {
    if (!open) return;
    termWriter.flush();
    setState.run(indexed, lastLeaf);
    db.exec('COMMIT');
    open = false;
  };

  return {
    get indexed() {
      return indexed;
    },
    get lastLeaf() {
      return lastLeaf;
    },
    add(summaries, leaf) {
      begin();
      for (const { terms, firstAt, lastAt, firstId, lastId } of summaries) {
        addBundle.run(indexed, firstAt, lastAt, firstId, lastId);
        termWriter.add(indexed, terms);
        indexed += 1;
      }
      lastLeaf = new Uint8Array(leaf);
    },
    commit,
    look(filter) {
      termWriter.flush();
      return look(filter);
    },
    dropBefore(bundle) {
      begin();
      termWriter.flush();
      db.prepare('DELETE FROM bundles WHERE bundle < ?').run(bundle);
      // Whole epochs only: what remains of the last one is found, looked for in vain, and goes with its epoch.
      db.prepare('DELETE FROM terms WHERE epoch < ?').run(Math.floor(bundle / bundlesPerEpoch));
      indexed = Math.max(indexed, bundle);
      commit();
    },
    close() {
      commit();
      db.exec('UPDATE state SET clean = 1');
      db.close();
    },
  };
}

function prepareSchema(db: DatabaseSync): { clean: number } {
  const version = db.prepare('PRAGMA user_version').get()?.['user_version'];
  if (version === 0) db.exec(`BEGIN; ${schema} COMMIT;`);
  else if (version !== schemaVersion) throw new Error('The search index has another format.');
  return { clean: Number(db.prepare('SELECT clean FROM state').get()?.['clean']) };
}

/** After a crash: a page damaged by the machine would make the index forget entries in silence. */
function checkPages(db: DatabaseSync): void {
  const verdict = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (verdict !== 'ok') throw new Error('The search index is damaged.');
}
