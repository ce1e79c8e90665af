import type { Gate } from '../enforce/gate/index.ts';
import { asFault } from '../kernel/index.ts';
import { installationFacts } from '../store/index.ts';
import type { House } from './house.ts';
import { createRevocationCanary, type RevocationCanary, revocationBoundMs } from './revocation-canary.ts';
import { followReviews } from './reviews.ts';

const sweepEveryMs = 900_000;
const probeEveryMs = 5_000;
const tickEveryMs = 60_000;

/** What a running server does by itself, from time to time. */
export function keepUp(house: House): { stop(): Promise<void> } {
  warnOfLowDisk(house);
  const reviews = followReviews(house);
  // Whatever grew old while the server was away is not left for another quarter of an hour.
  let underWay = sweep(house).then(() => lookAtDue(house));
  const next = (work: (on: House) => Promise<void>): void => {
    underWay = underWay.then(() => work(house));
  };
  const timers = [
    setInterval(() => next(sweep), sweepEveryMs),
    setInterval(() => next(lookAtDue), tickEveryMs),
  ];
  for (const timer of timers) timer.unref();
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer);
      reviews.stop();
      await underWay;
    },
  };
}

/** Tries now and then whether the store can be written, and the vault where it could not be, for readiness. */
export function watchDisks({ store, vault, clock, log }: House) {
  let problem: string | undefined;
  async function probe(): Promise<void> {
    const before = problem;
    problem = await installationFacts.probe(store, clock.now()).then(
      () => undefined,
      (error: unknown) => `store.db: ${asFault(error).message}`,
    );
    if (problem !== undefined && before === undefined) log.error('the store cannot be written', { problem });
    await vault.keys.probe();
  }
  let underWay: Promise<void> | undefined;
  const timer = setInterval(() => {
    underWay ??= probe().finally(() => {
      underWay = undefined;
    });
  }, probeEveryMs).unref();
  return {
    store: () => problem,
    vault: () => vault.keys.status().problem,
    async stop(): Promise<void> {
      clearInterval(timer);
      await underWay;
    },
  };
}

/** A promise of a second that is broken must be heard of before an incident needs it. */
export function watchRevocation(house: House, gate: Gate): RevocationCanary {
  const { log } = house;
  return createRevocationCanary({
    probes: house.revocationProbes,
    swept: gate.swept,
    clock: house.clock,
    log,
    late({ kind, milliseconds }) {
      log.error('revocations take longer than promised', { kind, milliseconds, boundMs: revocationBoundMs });
      const detail = { kind, milliseconds: Math.round(milliseconds), boundMs: revocationBoundMs };
      void house.note('revocation.late', { outcome: 'failed', detail }).catch(() => {});
    },
  });
}

/** Says once when the disk of the ledger runs low, and once when it has room again; the operator must hear it before calls are refused. */
function warnOfLowDisk({ ledger, log }: House): void {
  let wasLow = false;
  const look = ({ diskLow, freeBytes }: House['ledger']['status']): void => {
    if (diskLow && !wasLow)
      log.warn('the disk of the ledger runs low; calls are refused when it is full', { freeBytes });
    if (!diskLow && wasLow) log.info('the disk of the ledger has room again', { freeBytes });
    wasLow = diskLow;
  };
  look(ledger.status);
  ledger.onStatus(look);
}

/** Destroys what is past its time, entries of the ledger too. */
async function sweep({ keeping, log }: House): Promise<void> {
  await keeping.retention
    .sweep({ dryRun: false }, 'system')
    .catch(() => log.error('what is past its time could not be swept'));
}

async function lookAtDue({ keeping, log }: House): Promise<void> {
  await keeping.tick().catch(() => log.error('what is due in cases of data subjects could not be looked at'));
}
