import { dirname } from 'node:path';
import { compileGate, createBudgets } from '../enforce/gate/index.ts';
import {
  compileIdentity,
  type Identity,
  type KeyAdministration,
  type OpenIdentity,
  openIdentity,
  type Reviews,
  openOperators,
  type Operators,
  type TokenAdministration,
  type WithdrawalAdministration,
  withIssuer,
} from '../enforce/identity/index.ts';
import type { Keeping } from '../enforce/privacy/index.ts';
import { openHouseKeeping } from './keeping.ts';
import { openPseudonyms, openVault, type Vault, type VaultProof } from './vault.ts';
import { openPairedLedger, outboxTarget, recoverCalls } from './house-ledger.ts';
import { requireLedger, requireParts } from './installation.ts';
import { createNote } from './note.ts';
import { openHouseReviews } from './reviews.ts';
import {
  createBudgetWatch,
  createLimits,
  type Limits,
  openUsage,
  type UsageAccount,
} from '../enforce/limits/index.ts';
import { type Clock, createUuidFactory, type Log } from '../kernel/index.ts';
import type { LoadedPolicy } from './policy-in-force.ts';
import type { RevocationCanaryOptions } from './revocation-canary.ts';
import {
  createDenialRecorder,
  type DenialRecorder,
  type Entry,
  type Ledger,
  type Pseudonyms,
} from '../record/index.ts';
import {
  createOutbox,
  type DataFolder,
  openDataFolder,
  openStore,
  type Outbox,
  type Store,
} from '../store/index.ts';

/** Everything that stands on a data folder, opened: what a server serves and what a command without a server works on. */
export interface House {
  readonly folder: DataFolder;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly outbox: Outbox<Entry>;
  readonly pseudonyms: Pseudonyms;
  readonly denials: DenialRecorder;
  readonly identity: Identity;
  readonly keys: KeyAdministration;
  readonly operators: Operators;
  readonly tokens: TokenAdministration;
  readonly withdrawals: WithdrawalAdministration;
  readonly limits: Limits;
  readonly usage: UsageAccount;
  readonly reviews: Reviews;
  issuerKeys: OpenIdentity['issuerKeys'];
  readonly vault: Vault;
  readonly keeping: Keeping;
  /** How long revoking takes, each measured by doing it. */
  readonly revocationProbes: RevocationCanaryOptions['probes'];
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  policy(): LoadedPolicy;
  /** Readies a policy for the rooms of the house; throws Fault `policy.invalid`, and changes nothing, where they cannot take it. */
  preparePolicy(loaded: LoadedPolicy): { use(): void; discard(): void };
  /** Writes an entry of Surety's own about itself. */
  note(kind: string, more: Partial<Omit<Entry, 'id' | 'at' | 'kind'>>): Promise<void>;
  close(): Promise<void>;
}

interface HouseOptions {
  dataFolder: string;
  create: boolean;
  policy: LoadedPolicy;
  clock: Clock;
  log: Log;
  /** Takes parts that do not belong together as they are, and records which. */
  adopt?: boolean;
  /** How the keys of what is kept of persons are proven to be those of this installation. */
  vaultProof?: VaultProof;
}

/** Opens in the order of the house, and closes what was opened when a later room cannot be. */
export async function openHouse(options: HouseOptions): Promise<House> {
  const { clock, log, adopt = false } = options;
  const vaultProof = adopt ? 'any' : (options.vaultProof ?? 'same');
  const newId = createUuidFactory(clock);
  const opened = createClosing();
  let loaded = options.policy;
  let keyPolicy = compileIdentity(loaded.policy.identity);
  try {
    const { folder, store, vault, pseudonyms, missing } = await openFolder(
      { ...options, adopt, vaultProof },
      opened,
    );
    const ledgerParts = { folder, store, loaded, clock, log, newId };
    const ledger = opened.keep(await openPairedLedger({ ...ledgerParts, missing, adopt }));
    const denials = opened.keep(createDenialRecorder({ ledger, clock, newId }));
    const outbox = openOutbox({ ...ledgerParts, ledger }, opened);
    const { person } = pseudonyms;
    const parts = { store, outbox, clock, log, newId, person, baseFolder: dirname(loaded.file) };
    const identity = opened.keep(await openIdentity({ ...parts, policy: () => keyPolicy }));
    const { limitsIdOf } = identity.identity;
    let budgetsOf = createBudgets(compileGate(loaded.policy, loaded.digest), limitsIdOf);
    const section = () => loaded.policy.identity.operators;
    const operators = opened.keep(await openOperators({ ...parts, section }));
    await recoverCalls({ ...ledgerParts, ledger });
    const watchBudgets = createBudgetWatch({ ...parts, budgetsOf: (call) => budgetsOf(call) });
    const usage = opened.keep(await openUsage({ ...parts, ledger, watchBudgets, limitsIdOf }));
    const house = {
      ...parts,
      folder,
      ledger,
      vault,
      pseudonyms,
      denials,
      identity: identity.identity,
      keys: identity.administration,
      usage,
      operators,
      tokens: identity.tokens,
      withdrawals: identity.withdrawals,
      issuerKeys: identity.issuerKeys,
      revocationProbes: { ...identity.revocationProbes, session: operators.revocationProbe },
      limits: createLimits({ clock, usedSoFar: usage.usedSoFar }),
      policy: () => loaded,
      preparePolicy(next: LoadedPolicy) {
        const compiled = compileIdentity(next.policy.identity);
        const budgets = createBudgets(compileGate(next.policy, next.digest), limitsIdOf);
        const { swap, discard } = identity.prepare(compiled);
        const use = (): void => {
          [loaded, keyPolicy, budgetsOf] = [next, compiled, budgets];
          swap();
        };
        return { use, discard };
      },
      note: createNote({ ledger, clock, newId, digest: () => loaded.digest }),
      close: opened.close,
    };
    const keeping = opened.keep(await openHouseKeeping(house));
    const reviews = await openHouseReviews(house);
    opened.add(reviews.stop);
    return { ...house, keeping, reviews };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** The folder, its store, and the keys beside it. */
async function openFolder(
  options: {
    dataFolder: string;
    create: boolean;
    clock: Clock;
    log: Log;
    adopt: boolean;
    vaultProof: VaultProof;
  },
  opened: ReturnType<typeof createClosing>,
) {
  const { dataFolder, create, clock, log, adopt, vaultProof } = options;
  const folder = openDataFolder({ folder: dataFolder, create });
  opened.add(async () => folder.release());
  const { paths } = folder;
  const lost = requireParts(paths, adopt);
  const store = await openStore({ file: folder.paths.store, log });
  opened.add(() => store.close());
  const noLedger = await requireLedger({ paths, store }, adopt);
  const parts = { folder, store, clock, log };
  const { vault, problems: ofVault } = await openVault({ ...parts, proof: vaultProof });
  opened.add(() => vault.keys.close());
  const { pseudonyms, problems: ofPseudonyms } = await openPseudonyms({ ...parts, vault, adopt });
  opened.add(() => pseudonyms.close());
  // That a restore has no vault is said where it is restored.
  const missing = [...lost, ...noLedger, ...(adopt ? ofVault : []), ...ofPseudonyms];
  return { folder, store, vault, pseudonyms, missing };
}

/** Takes changes by operators to the ledger. Their entries say who issued the operator's key, where that was another. */
function openOutbox(
  { store, ledger, clock, log }: Pick<House, 'store' | 'ledger' | 'clock' | 'log'>,
  opened: ReturnType<typeof createClosing>,
): Outbox<Entry> {
  const outbox = opened.keep(createOutbox({ store, target: outboxTarget(ledger), clock, log }));
  return { ...outbox, enqueue: (change, entry) => outbox.enqueue(change, withIssuer(entry)) };
}

/** Closes in the reverse order of opening; one that fails does not keep the others open. */
function createClosing() {
  const steps: (() => Promise<void>)[] = [];
  return {
    add: (step: () => Promise<void>) => void steps.push(step),
    keep<Part extends { close(): Promise<void> }>(part: Part): Part {
      steps.push(() => part.close());
      return part;
    },
    async close() {
      const failures: unknown[] = [];
      for (const step of steps.splice(0).reverse())
        await step().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
}
