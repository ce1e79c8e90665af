import { compileGate, finishLostCalls } from '../enforce/gate/index.ts';
import type { Clock, Log } from '../kernel/index.ts';
import { createCursors, type Entry, fitsLedger, type Ledger, openLedger } from '../record/index.ts';
import type { DataFolder, OutboxTarget, Store } from '../store/index.ts';
import { pairInstallation } from './installation.ts';
import { createNote } from './note.ts';
import type { LoadedPolicy } from './policy-in-force.ts';

const defaultOrigin = 'surety.local/ledger';
const hourMs = 3_600_000;

/** Where changes by operators are recorded. */
export function outboxTarget(ledger: Ledger): OutboxTarget<Entry> {
  return {
    append: (entry) => ledger.append(entry),
    fits: fitsLedger,
    holds: async (id) => (await ledger.find(id)) !== undefined,
  };
}

export interface LedgerParts {
  readonly folder: DataFolder;
  readonly store: Store;
  readonly loaded: LoadedPolicy;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
}

/** The ledger of a folder, held against the store and the keys beside it. It records what was adopted, if anything was. */
export async function openPairedLedger(
  parts: LedgerParts & { readonly missing: readonly string[]; readonly adopt: boolean },
): Promise<Ledger> {
  const ledger = await openHouseLedger(parts);
  try {
    const adopted = await pairInstallation({ ...parts, paths: parts.folder.paths, ledger });
    const problems = [...parts.missing, ...adopted];
    const note = createNote({ ...parts, ledger, digest: () => parts.loaded.digest });
    if (problems.length > 0) await note('system.adopted', { actor: 'owner', detail: { problems } });
    return ledger;
  } catch (error) {
    await ledger.close();
    throw error;
  }
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
export async function recoverCalls({
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
    costOf: (model, input, output) => gate.costOfNamed(model, { input, output }),
  });
  if (lost > 0) log.warn('calls without an end were found; they ended in a crash', { calls: lost });
}
