import type { Gate } from '../enforce/gate/index.ts';
import type { House } from './house.ts';
import { createRevocationCanary, type RevocationCanary, revocationBoundMs } from './revocation-canary.ts';
import { followReviews } from './reviews.ts';

const pruneEveryMs = 3_600_000;

/** What a running server does by itself, from time to time. */
export function keepUp(house: House): { stop(): void } {
  warnOfLowDisk(house);
  const reviews = followReviews(house);
  const pruning = setInterval(() => void prune(house), pruneEveryMs);
  pruning.unref();
  return {
    stop() {
      clearInterval(pruning);
      reviews.stop();
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

async function prune(house: House): Promise<void> {
  const { keep } = house.policy().policy.record;
  await house.ledger
    .prune(house.clock.now() - keep)
    .catch(() => house.log.error('the ledger could not be pruned'));
}
