import type { RevocationProbe } from '../enforce/identity/index.ts';
import type { Clock, Log } from '../kernel/index.ts';
import type { RevocationFigures } from '../serve/index.ts';

export type RevocationKind = 'key' | 'token' | 'role' | 'team' | 'session';

/** What Surety promises: refused everywhere, and cut, within this time. */
export const revocationBoundMs = 1000;

const everyMs = 15_000;
/** A probe that hangs longer counts as late with this time. */
const giveUpMs = 10_000;
/** An hour of measurements. */
const kept = 240;

export interface RevocationCanary {
  figures(): readonly RevocationFigures[];
  /** Measures all kinds once, now. */
  measure(): Promise<void>;
  stop(): Promise<void>;
}

export interface RevocationCanaryOptions {
  readonly probes: Readonly<Record<RevocationKind, RevocationProbe>>;
  /** Resolves when calls in flight have been looked at; what they opened is cut by then. */
  readonly swept: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  /** A measurement over the bound; told once until it is kept again. */
  readonly late: (told: { kind: RevocationKind; milliseconds: number }) => void;
}

/**
 * Measures how long a revocation takes, for as long as the server runs, by revoking what nobody holds: through the store and the memory
 * that real ones go through, on the same event loop, up to the moment at which streams are cut. A promise of a second that is only tested
 * says nothing of a busy afternoon.
 */
export function createRevocationCanary(options: RevocationCanaryOptions): RevocationCanary {
  const { probes, clock, log } = options;
  const series = (Object.keys(probes) as RevocationKind[]).map((kind) => createSeries(kind));
  const stopping = Promise.withResolvers<undefined>();
  let stopped = false;
  let running: Promise<void> | undefined;

  async function measureOne({ kind, add, wasLate }: Series): Promise<void> {
    const milliseconds = await withDeadline(probe(kind), stopping.promise).catch((error: unknown) => {
      if (stopped) return undefined;
      log.error('the time of a revocation could not be measured', {
        kind,
        error: error instanceof Error ? error.name : 'unknown',
      });
      return giveUpMs;
    });
    // What is measured while everything closes says nothing.
    if (milliseconds === undefined || stopped) return;
    const isLate = milliseconds > revocationBoundMs;
    if (isLate && !wasLate()) options.late({ kind, milliseconds });
    add(milliseconds, isLate, clock.now());
  }

  async function probe(kind: RevocationKind): Promise<number> {
    const refusedMs = await probes[kind]();
    // A session has no streams; it is asked for anew by each request.
    if (kind === 'session') return refusedMs;
    const begun = clock.elapsed();
    await options.swept();
    return refusedMs + clock.elapsed() - begun;
  }

  async function measureAll(): Promise<void> {
    for (const one of series) if (!stopped) await measureOne(one);
  }
  const measure = (): Promise<void> => {
    running ??= measureAll().finally(() => {
      running = undefined;
    });
    return running;
  };
  const timer = setInterval(() => void measure(), everyMs);
  timer.unref();
  void measure();

  return {
    figures: () => series.flatMap((one) => one.figures() ?? []),
    measure,
    async stop() {
      clearInterval(timer);
      stopped = true;
      stopping.resolve(undefined);
      await running;
    },
  };
}

type Series = ReturnType<typeof createSeries>;

function createSeries(kind: RevocationKind) {
  const held: number[] = [];
  let late = 0;
  let count = 0;
  let lastLate = false;
  let measuredAt = 0;
  return {
    kind,
    wasLate: () => lastLate,
    add(milliseconds: number, isLate: boolean, at: number): void {
      held.push(milliseconds);
      if (held.length > kept) held.shift();
      count += 1;
      if (isLate) late += 1;
      lastLate = isLate;
      measuredAt = at;
    },
    figures(): RevocationFigures | undefined {
      const lastMs = held.at(-1);
      if (lastMs === undefined) return undefined;
      return { kind, lastMs, worstMs: Math.max(...held), count, late, measuredAt };
    },
  };
}

/** What was measured, or the deadline, or nothing when it is to stop; whichever comes first, no timer is left to keep the process. */
async function withDeadline(
  measured: Promise<number>,
  stopping: Promise<undefined>,
): Promise<number | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<number>((resolve) => {
    timer = setTimeout(() => resolve(giveUpMs), giveUpMs);
  });
  try {
    return await Promise.race([measured, late, stopping]);
  } finally {
    clearTimeout(timer);
  }
}
