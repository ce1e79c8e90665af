import { existsSync } from 'node:fs';
import { Fault, type Log, randomId } from '../kernel/index.ts';
import { isLedgerBegun, type Ledger } from '../record/index.ts';
import {
  type DataPaths,
  installationFacts,
  readInstallationFile,
  type Store,
  writeInstallationFile,
} from '../store/index.ts';

/*
 * Whether the parts of a data folder belong together. Each part can be lost, mounted late or brought back from another time by itself, and each was
 * made anew in silence: a store of yesterday takes keys that were revoked today. So the parts name the installation they belong to, and each entry
 * about a change of the store carries the number of the change. The ledger is tied to the folder keys by its signature.
 */

/** What is missing in a folder that was in use, looked at before anything makes it anew. Throws Fault `data.mismatch`. */
export function requireParts(paths: DataPaths, adopt: boolean): readonly string[] {
  if (!isLedgerBegun(paths.ledger)) return [];
  const missing = [
    ...(existsSync(paths.store)
      ? []
      : ['store.db is missing beside a ledger: keys, revocations and operators are not known without it.']),
    ...(existsSync(`${paths.keys}/pseudonyms.key`)
      ? []
      : ['keys/pseudonyms.key is missing: every address and person would get another pseudonym.']),
  ];
  return refuseUnless(adopt, missing);
}

/** A store that served before needs its ledger. Throws Fault `data.mismatch`. */
export async function requireLedger(
  { paths, store }: { paths: DataPaths; store: Store },
  adopt: boolean,
): Promise<readonly string[]> {
  const isMissing = (await installationFacts.id(store)) !== undefined && !isLedgerBegun(paths.ledger);
  return refuseUnless(
    adopt,
    isMissing ? ['The ledger is missing beside a store that was in use: its history would begin anew.'] : [],
  );
}

export interface PairOptions {
  readonly paths: DataPaths;
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'lastChange'>;
  readonly log: Log;
  readonly adopt: boolean;
}

/**
 * Holds the parts against each other, and names them all where they are new, or were made by a version that did not name them. The store is named
 * first: so a crash on the way leaves parts without a name, which get theirs at the next start, and never a store without one beside others with one.
 * Gives what was adopted. Throws Fault `data.mismatch`.
 */
export async function pairInstallation({
  paths,
  store,
  ledger,
  log,
  adopt,
}: PairOptions): Promise<readonly string[]> {
  const parts = {
    'the data folder': paths.folder,
    'the folder keys': paths.keys,
    'the vault': paths.vault,
  };
  const named = Object.entries(parts).map(([part, folder]) => ({
    part,
    folder,
    id: readInstallationFile(folder),
  }));
  const known = await installationFacts.id(store);
  const foreign = named.filter(({ id }) => id !== undefined && id !== known);
  const changes = await installationFacts.changes(store);
  const problems = refuseUnless(adopt, [
    ...(foreign.length > 0
      ? [
          `The store and ${foreign.map(({ part }) => part).join(', ')} are of different installations, or the store is from before they were named.`,
        ]
      : []),
    ...(changes < ledger.lastChange
      ? [
          `The store is older than the ledger: it knows ${changes} changes, and the ledger records ${ledger.lastChange}. Revocations made since are not in it.`,
        ]
      : []),
  ]);
  const id = known ?? randomId('ins');
  if (known === undefined) await installationFacts.setId(store, id);
  for (const { folder, id: present } of named) if (present !== id) writeInstallationFile(folder, id);
  if (changes < ledger.lastChange) await installationFacts.setChanges(store, ledger.lastChange);
  for (const problem of problems)
    log.warn('parts of the data folder that do not belong together were adopted', { problem });
  return problems;
}

function refuseUnless(adopt: boolean, problems: readonly string[]): readonly string[] {
  if (problems.length > 0 && !adopt) throw new Fault('data.mismatch', { detail: problems.join(' ') });
  return problems;
}
