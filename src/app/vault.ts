import { createHash } from 'node:crypto';
import { createMeanings, type Meanings, needsVault, readErased } from '../enforce/privacy/index.ts';
import { type Clock, Fault, type Log } from '../kernel/index.ts';
import { createPseudonyms, createPseudonymStore, isLedgerBegun, type Pseudonyms } from '../record/index.ts';
import { type KeyStore, openKeyFile, openKeyStore, openLocalKeys } from '../secrets/index.ts';
import { type DataFolder, installationFacts, sealingKeys, type Store } from '../store/index.ts';

/** The keys that seal what is kept of persons, with what seals by them. */
export interface Vault {
  readonly keys: KeyStore;
  readonly meanings: Meanings;
}

/**
 * `same`: the vault must be the one of this installation, whole. `restored`: keys that were destroyed since a backup was made may be missing. `any`: the
 * vault is taken as it is, and begun anew where it is missing.
 */
export type VaultProof = 'same' | 'restored' | 'any';

export interface VaultOptions {
  readonly folder: DataFolder;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly proof: VaultProof;
}

const prefixes = { subject: 'subj', day: 'day', meaning: 'mean' };

/**
 * Opens the keys of a data folder, and proves that they are the ones of this installation: a mount that is late, a file that is missing or zeroed, and the
 * vault of another time or installation would otherwise look like an installation in which nothing is known of anybody. Keys are made in a new
 * installation only. Gives what was wrong and taken all the same. Throws Fault `data.mismatch`.
 */
export async function openVault(
  options: VaultOptions,
): Promise<{ vault: Vault; problems: readonly string[] }> {
  const { folder, store, clock, log, proof } = options;
  const { vault, ledger } = folder.paths;
  const known = await installationFacts.vault(store);
  const isNew = known === undefined && !isLedgerBegun(ledger) && !(await needsVault(store));
  const create = isNew || proof === 'any';
  const provider = openLocalKeys(vault, { create });
  const problems: string[] = [];
  const keys = await openKeyStore({
    folder: vault,
    create,
    provider,
    prefixes,
    clock,
    log,
    prove: async (opened) => void problems.push(...(await proveVault(options, { keys: opened, known }))),
  });
  return { vault: { keys, meanings: createMeanings({ keys, clock }) }, problems };
}

type KnownVault = Awaited<ReturnType<typeof installationFacts.vault>>;

async function proveVault(
  { folder, store, proof, log }: VaultOptions,
  { keys, known }: { keys: KeyStore; known: KnownVault },
): Promise<readonly string[]> {
  const { vault } = folder.paths;
  const anchor = await keys.anchor().catch((error: unknown) => {
    if (proof === 'any') return undefined;
    throw error;
  });
  const foreign = known && anchor !== known.id ? [describeForeign(vault, anchor)] : [];
  const erased = await readErased(store);
  const missing = [...(await sealingKeys(store))].filter((id) => !erased.begun.has(id) && !keys.has(id));
  const lost =
    known && missing.length > known.lost && proof === 'same'
      ? [
          `${missing.length} keys that opened something in the store are missing in ${vault}: data-keys is damaged, cut, or of an earlier time.`,
        ]
      : [];
  const back = [...erased.done].filter((id) => keys.has(id));
  const older =
    back.length > 0
      ? [
          `${vault} holds ${back.length} keys that were destroyed by an erasure: it is a copy of an earlier time.`,
        ]
      : [];
  const problems = [...foreign, ...lost, ...older];
  if (problems.length > 0 && proof !== 'any')
    throw new Fault('data.mismatch', { detail: problems.join(' ') });
  await keys.destroy(back);
  // Where the vault was begun anew or is another one, it is known by its own anchor from now on.
  const id = anchor ?? (await keys.makeAnchor());
  if (id !== known?.id || missing.length !== known.lost)
    await installationFacts.setVault(store, { id, lost: missing.length });
  if (missing.length > 0 && missing.length !== known?.lost)
    log.warn('keys of what is kept of persons are gone; what they sealed cannot be read', {
      keys: missing.length,
    });
  return problems;
}

function describeForeign(vault: string, anchor: string | undefined): string {
  return anchor === undefined
    ? `The keys in ${vault} are not those of this installation: data-keys or names.key is empty, new, damaged or of another installation.`
    : `${vault} is the vault of another installation, or was begun anew after this store was copied.`;
}

/** The key of the pseudonyms is proven the same way, by its fingerprint: with another one every address and person gets another pseudonym. */
export async function openPseudonyms({
  folder,
  store,
  clock,
  log,
  vault,
  adopt,
}: Omit<VaultOptions, 'proof'> & { vault: Vault; adopt: boolean }): Promise<{
  pseudonyms: Pseudonyms;
  problems: readonly string[];
}> {
  const { keys, ledger } = folder.paths;
  const known = await installationFacts.pseudonyms(store);
  const create = adopt || (known === undefined && !isLedgerBegun(ledger));
  const key = openKeyFile(`${keys}/pseudonyms.key`, { create });
  const fingerprint = createHash('sha256').update(`surety pseudonyms key\0${key.reveal()}`).digest('hex');
  const problems =
    known === undefined || known === fingerprint
      ? []
      : ['keys/pseudonyms.key is another one than before: every address and person gets another pseudonym.'];
  if (problems.length > 0 && !adopt) throw new Fault('data.mismatch', { detail: problems.join(' ') });
  if (known !== fingerprint) await installationFacts.setPseudonyms(store, fingerprint);
  const pseudonymStore = createPseudonymStore(store);
  const pseudonyms = createPseudonyms({ key, store: pseudonymStore, clock, log, sealer: vault.meanings });
  return { pseudonyms, problems };
}
