import { rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Summary } from './summary.ts';

/** Bundles an epoch: terms of one time lie together, so that inserting touches few pages and pruning deletes a range. */
const bundlesPerEpoch = 4096;

/** How many epochs one look goes through before it gives way to appends. */
const epochsPerLook = 64;

const schemaVersion = 1;

const schema = `
  CREATE TABLE bundles (
    bundle INTEGER PRIMARY KEY, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
    first_id INTEGER NOT NULL, last_id INTEGER NOT NULL);
  CREATE TABLE terms (
    epoch INTEGER NOT NULL, term TEXT NOT NULL, bundle INTEGER NOT NULL,
    PRIMARY KEY (epoch, term, bundle)) WITHOUT ROWID;
  CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1), indexed INTEGER NOT NULL, last_leaf BLOB NOT NULL, clean INTEGER NOT NULL);
  INSERT INTO state VALUES (1, 0, x'', 1);
  PRAGMA user_version = ${schemaVersion};
`;

export interface BundleFilter {
  readonly terms: readonly string[];
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** When the id looked for was made. */
  readonly idTime?: number | undefined;
  readonly begin: number;
  readonly end: number;
  readonly newestFirst: boolean;
  readonly limit: number;
}

export interface BundlesFound {
  readonly bundles: readonly number[];
  /** Where to look on: everything before it (after it, newest first) has been seen. */
  readonly seen: number;
}

/** Which bundles may hold which terms. Everything in it can be made again from the bundles. */
export interface IndexStore {
  /** Bundles indexed so far, from the first on. */
  readonly indexed: number;
  /** The hash of the last leaf indexed: an index that belongs to another history is told by it. */
  readonly lastLeaf: Uint8Array;
  add(bundle: number, summary: Summary, leaf: Uint8Array): void;
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
  const addTerm = db.prepare('INSERT OR IGNORE INTO terms VALUES (?, ?, ?)');
  const setState = db.prepare('UPDATE state SET indexed = ?, last_leaf = ?');
  const commit = () => {
    if (!open) return;
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
    add(bundle, { terms, firstAt, lastAt, firstId, lastId }, leaf) {
      begin();
      addBundle.run(bundle, firstAt, lastAt, firstId, lastId);
      const epoch = Math.floor(bundle / bundlesPerEpoch);
      for (const term of [...terms].sort()) addTerm.run(epoch, term, bundle);
      indexed = bundle + 1;
      lastLeaf = new Uint8Array(leaf);
    },
    commit,
    look: createLook(db),
    dropBefore(bundle) {
      begin();
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

function createLook(db: DatabaseSync): IndexStore['look'] {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  return ({ terms, since, until, idTime, begin, end, newestFirst, limit }) => {
    const joins = terms.map(
      (_, i) => `JOIN terms t${i} ON t${i}.epoch = ? AND t${i}.term = ? AND t${i}.bundle = bundles.bundle`,
    );
    const sql = `SELECT bundles.bundle FROM bundles ${joins.join(' ')}
      WHERE bundles.bundle >= ? AND bundles.bundle < ? AND last_at >= ? AND first_at < ? AND first_id <= ? AND last_id >= ?
      ORDER BY bundles.bundle ${newestFirst ? 'DESC' : 'ASC'} LIMIT ?`;
    const found: number[] = [];
    let [low, high] = [begin, end];
    for (let epochs = 0; epochs < epochsPerLook && low < high && found.length < limit; epochs++) {
      const epoch = Math.floor((newestFirst ? high - 1 : low) / bundlesPerEpoch);
      const from = Math.max(low, epoch * bundlesPerEpoch);
      const to = Math.min(high, (epoch + 1) * bundlesPerEpoch);
      const rows = prepare(sql).all(
        ...terms.flatMap((term) => [epoch, term]),
        from,
        to,
        since ?? 0,
        until ?? Number.MAX_SAFE_INTEGER,
        idTime ?? Number.MAX_SAFE_INTEGER,
        idTime ?? 0,
        limit - found.length,
      );
      for (const row of rows) found.push(Number(row['bundle']));
      const last = found.length === limit ? found.at(-1) : undefined;
      if (newestFirst) high = last ?? from;
      else low = last === undefined ? to : last + 1;
    }
    return { bundles: found, seen: newestFirst ? high : low };
  };
}
