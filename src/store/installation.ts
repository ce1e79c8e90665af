import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Kysely, sql, type Transaction } from 'kysely';
import { Fault } from '../kernel/index.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** The file that names the installation in each part of a data folder that may come from elsewhere. */
export const installationFile = 'installation';

const idPattern = /^ins_[0-9A-Za-z]{8,40}\n$/;

/** The id a folder carries; undefined where it carries none. */
export function readInstallationFile(folder: string): string | undefined {
  const file = join(folder, installationFile);
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  if (!idPattern.test(text))
    throw new Fault('data.unusable', { detail: `${file} is damaged: restore it from a backup.` });
  return text.trim();
}

export function writeInstallationFile(folder: string, id: string): void {
  const file = join(folder, installationFile);
  writeFileSync(`${file}.new`, `${id}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

type Fact = 'probe' | 'id' | 'changes' | 'clock' | 'vault' | 'pseudonyms';

async function readFact({ db }: Store, name: Fact) {
  return db.selectFrom('installation').select(['text', 'number']).where('name', '=', name).executeTakeFirst();
}

async function writeFact(
  db: Kysely<Database>,
  name: Fact,
  value: { text?: string | null; number?: number | null },
): Promise<void> {
  const row = { text: value.text ?? null, number: value.number ?? null };
  await db
    .insertInto('installation')
    .values({ name, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute();
}

/** What the store knows of the installation it belongs to. */
export const installationFacts = {
  id: async (store: Store): Promise<string | undefined> => (await readFact(store, 'id'))?.text ?? undefined,
  setId: (store: Store, id: string) => writeFact(store.db, 'id', { text: id }),
  /** Written for no other reason than to see whether it can be. */
  probe: (store: Store, now: number) => writeFact(store.db, 'probe', { number: now }),
  /** The number of the newest change. Each entry of a change carries its number, so a ledger that is ahead of its store shows. */
  changes: async (store: Store): Promise<number> => (await readFact(store, 'changes'))?.number ?? 0,
  setChanges: (store: Store, number: number) => writeFact(store.db, 'changes', { number }),
  /** By which key its vault is known again, and how many keys that sealed something in the store are known to be gone. */
  async vault(store: Store): Promise<{ readonly id: string; readonly lost: number } | undefined> {
    const row = await readFact(store, 'vault');
    return row === undefined || row.text === null ? undefined : { id: row.text, lost: row.number ?? 0 };
  },
  setVault: (store: Store, { id, lost }: { id: string; lost: number }) =>
    writeFact(store.db, 'vault', { text: id, number: lost }),
  /** The fingerprint of the key of the pseudonyms. */
  pseudonyms: async (store: Store): Promise<string | undefined> =>
    (await readFact(store, 'pseudonyms'))?.text ?? undefined,
  setPseudonyms: (store: Store, fingerprint: string) =>
    writeFact(store.db, 'pseudonyms', { text: fingerprint }),
  /** The latest time that was trusted, and why none is trusted now. */
  async clock(
    store: Store,
  ): Promise<{ readonly seenAt: number; readonly problem: string | undefined } | undefined> {
    const row = await readFact(store, 'clock');
    return row === undefined || row.number === null
      ? undefined
      : { seenAt: row.number, problem: row.text ?? undefined };
  },
  setClock: (store: Store, { seenAt, problem }: { seenAt: number; problem: string | undefined }) =>
    writeFact(store.db, 'clock', { number: seenAt, text: problem ?? null }),
};

/** The number of a new change, in its transaction. */
export async function nextChange(transaction: Transaction<Database>): Promise<number> {
  const { number } = await transaction
    .insertInto('installation')
    .values({ name: 'changes', text: null, number: 1 })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ number: sql<number>`coalesce(installation.number, 0) + 1` }),
    )
    .returning('number')
    .executeTakeFirstOrThrow();
  return number ?? 0;
}

/** The data keys under which anything in the store is sealed. */
export async function sealingKeys({ db }: Store): Promise<ReadonlySet<string>> {
  const captured = await db.selectFrom('captured').select('key_id').distinct().execute();
  const pseudonyms = await db
    .selectFrom('pseudonyms')
    .select('sealed')
    .where('sealed', 'like', '%.%')
    .execute();
  return new Set([
    ...captured.map(({ key_id }) => key_id),
    ...pseudonyms.map(({ sealed }) => sealed.split('.', 1)[0] ?? ''),
  ]);
}
