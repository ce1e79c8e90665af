/**
 * The store: Surety's own state (keys, usage, entries on their way to the ledger), and the data folder it stands in.
 *
 * Guarantees: a committed transaction survives kill -9 and a power cut (WAL, synchronous=FULL); transactions do not interleave; the event
 * loop never waits for the disk (SQLite lives in a worker thread); numbers that are not exact are refused; one process a folder, by a
 * lock that dies with it; an entry in the outbox exists exactly when its change does, carries its number, and reaches the ledger once; an archive
 * of a backup gives plain files of known names, and its manifest every byte of them.
 * Threat: two servers on one folder, an older version misreading a newer folder, other users of the machine, a change that leaves no entry.
 * Does not: encrypt. Who reads the folder reads key hashes and usage (no key, no prompt). Only SQLite is served today: the tables, queries
 * and migrations are also run on PostgreSQL (in process) by the contracts in test/contracts, and `openStoreOn` (open.ts) is where a driver for
 * a real server goes; until there is one, no policy can ask for it.
 */
export { readArchive } from './archive/read.ts';
export { writeArchive } from './archive/write.ts';
export { backupStore, checkStoreFile } from './backup.ts';
export { backupFiles } from './archive/files.ts';
export {
  checkFiles,
  formatManifest,
  type Manifest,
  manifestFile,
  parseManifest,
} from './archive/manifest.ts';
export {
  installationFacts,
  installationFile,
  readInstallationFile,
  sealingKeys,
  writeInstallationFile,
} from './installation.ts';
export { checkFormat } from './data-folder/format.ts';
export { type DataFolder, openDataFolder } from './data-folder/folder.ts';
export { type DataPaths, dataPaths } from './data-folder/paths.ts';
export { openStore } from './open.ts';
export { createOutbox, type Outbox, type OutboxEntry, type OutboxTarget } from './outbox.ts';
export type {
  ApiKeysTable,
  BudgetAlertsTable,
  CapturedTable,
  CasesTable,
  CursorsTable,
  Database,
  ErasuresTable,
  InstallationTable,
  IssuerKeysTable,
  LegalHoldsTable,
  OperatorKeysTable,
  OperatorRequestsTable,
  OperatorTiesTable,
  OperatorSessionsTable,
  OperatorsTable,
  OutboxTable,
  PseudonymsTable,
  ReviewPrincipalsTable,
  ReviewsTable,
  TokenRevocationsTable,
  WithdrawalsTable,
  UsageProgressTable,
  UsageTable,
} from './schema.ts';
export type { Store, StoreEngine } from './store.ts';
