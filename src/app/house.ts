import { dirname } from 'node:path';
import { compileGate, createBudgets, finishLostCalls } from '../enforce/gate/index.ts';
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
} from '../enforce/identity/index.ts';
import type { Keeping } from '../enforce/privacy/index.ts';
import { openHouseKeeping, openPseudonyms, openVault, type Vault } from './keeping.ts';
import { pairInstallation, requireLedger, requireParts } from './installation.ts';
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
  createCursors,
  createDenialRecorder,
  type DenialRecorder,
  type Entry,
  type Ledger,
  openLedger,
  type Pseudonyms,
} from '../record/index.ts';
import {
  createOutbox,
  type DataFolder,
  openDataFolder,
  openStore,
  type Outbox,
  type OutboxTarget,
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

const defaultOrigin = 'surety.local/ledger';
const hourMs = 3_600_000;

/** Opens in the order of the house, and closes what was opened when a later room cannot be. */
export async function openHouse(options: {
  dataFolder: string;
  create: boolean;
  policy: LoadedPolicy;
  clock: Clock;
  log: Log;
  /** Takes parts that do not belong together as they are, and records which. */
  adopt?: boolean;
}): Promise<House> {
  const { clock, log, adopt = false } = options;
  const newId = createUuidFactory(clock);
  const opened = createClosing();
  let loaded = options.policy;
  let keyPolicy = compileIdentity(loaded.policy.identity);
  let budgetsOf = createBudgets(compileGate(loaded.policy, loaded.digest));
  try {
    const { folder, store, vault, pseudonyms, missing } = await openFolder({ ...options, adopt }, opened);
    const ledger = opened.keep(await openHouseLedger({ folder, store, loaded, clock, log, newId }));
    const adopted = [
      ...missing,
      ...(await pairInstallation({ paths: folder.paths, store, ledger, log, adopt })),
    ];
    const denials = opened.keep(createDenialRecorder({ ledger, clock, newId }));
    const outbox = opened.keep(createOutbox({ store, target: outboxTarget(ledger), clock, log }));
    const { person } = pseudonyms;
    const parts = { store, outbox, clock, log, newId, person, baseFolder: dirname(loaded.file) };
    const identity = opened.keep(await openIdentity({ ...parts, policy: () => keyPolicy }));
    const operators = opened.keep(
      await openOperators({ ...parts, section: () => loaded.policy.identity.operators }),
    );
    await recoverCalls({ ledger, loaded, clock, log, newId });
    const watchBudgets = createBudgetWatch({ ...parts, budgetsOf: (call) => budgetsOf(call) });
    const usage = opened.keep(await openUsage({ ...parts, ledger, watchBudgets }));
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
        const budgets = createBudgets(compileGate(next.policy, next.digest));
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
    if (adopted.length > 0)
      await house.note('system.adopted', { actor: 'owner', detail: { problems: adopted } });
    return { ...house, keeping, reviews };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** The folder, its store, and the keys beside it. */
async function openFolder(
  options: { dataFolder: string; create: boolean; clock: Clock; log: Log; adopt: boolean },
  opened: ReturnType<typeof createClosing>,
) {
  const { dataFolder, create, clock, log, adopt } = options;
  const folder = openDataFolder({ folder: dataFolder, create });
  opened.add(async () => folder.release());
  const { paths } = folder;
  const lost = requireParts(paths, adopt);
  const store = await openStore({ file: folder.paths.store, log });
  opened.add(() => store.close());
  const missing = [...lost, ...(await requireLedger({ paths, store }, adopt))];
  const vault = await openVault({ folder, store, clock, log });
  opened.add(() => vault.keys.close());
  const pseudonyms = openPseudonyms({ folder, store, clock, log, vault });
  opened.add(() => pseudonyms.close());
  return { folder, store, vault, pseudonyms, missing };
}

/** Where changes by operators are recorded. */
function outboxTarget(ledger: Ledger): OutboxTarget<Entry> {
  return {
    append: (entry) => ledger.append(entry),
    holds: async (id) => (await ledger.find(id)) !== undefined,
  };
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

interface LedgerParts {
  readonly folder: DataFolder;
  readonly store: Store;
  readonly loaded: LoadedPolicy;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
}

function openHouseLedger({ folder, store, loaded, clock, log, newId }: LedgerParts): Promise<Ledger> {
  const { paths } = folder;
  const { origin = defaultOrigin, checkpoint, disk } = loaded.policy.record;
  return openLedger({
    clock,
    log,
    newId,
    origin,
    folder: paths.ledger,
    indexFile: paths.index,
    keysFolder: paths.keys,
    cursors: createCursors(store),
    options: { checkpointEveryMs: checkpoint, diskWarnBytes: disk.warn, diskStopBytes: disk.stop },
  });
}

/** By the policy of now; the one before the crash may have been more patient, hence never less than an hour. */
function longestCallMs({ upstreams, routes }: LoadedPolicy['policy']['gate']): number {
  const totals = [...Object.values(upstreams), ...routes].map(({ deadlines }) => deadlines.total);
  return Math.max(hourMs, ...totals);
}

/** Calls whose end a crash took get one, before anything is counted or served. */
async function recoverCalls({
  ledger,
  loaded,
  clock,
  log,
  newId,
}: Omit<LedgerParts, 'folder' | 'store'> & { readonly ledger: Ledger }): Promise<void> {
  const gate = compileGate(loaded.policy, loaded.digest);
  const lost = await finishLostCalls({
    ledger,
    clock,
    newId,
    longestCallMs: longestCallMs(loaded.policy.gate),
    costOf: (model, input, output) => gate.costOf(model, { input, output, cachedInput: 0, reasoning: 0 }),
  });
  if (lost > 0) log.warn('calls without an end were found; they ended in a crash', { calls: lost });
}
