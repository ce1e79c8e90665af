import { type Clock, Fault } from '../../kernel/index.ts';
import type { AppendedBatch } from '../engine/messages.ts';
import type { Entry, EntryOutcome, EntryValue } from '../entry.ts';
import type { LedgerOptions } from '../settings.ts';
import { addEntry, type Batch, createBatch, takeBatch } from './batches.ts';
import { type Interest, noInterest } from './interest.ts';

/** A time in which appends were refused. It is told by the first entry written after it. */
interface Gap {
  readonly from: number;
  readonly problem: string;
  refused: number;
}

export interface Appends {
  append(entry: Entry): Promise<void>;
  readonly outstanding: number;
  /** Why appends are refused, if they are. */
  readonly problem: string | undefined;
  /** The batch under way is durable; gives those of its entries that subscribers read, and which subscribers were asked. `used`: the memory of an earlier batch. */
  durable(used: ArrayBuffer | undefined): Pick<Batch, 'entries' | 'interest'>;
  failed(problem: string): void;
  recovered(): void;
  diskFull(full: boolean): void;
  /** No more appends; resolves when those handed over are durable or refused. `reopen` tries to have the disk written again, so that what was refused is recorded. */
  finish(reopen: () => Promise<unknown>): Promise<void>;
}

export interface AppendsOptions {
  readonly post: (batch: AppendedBatch) => void;
  readonly interest: () => Interest;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Entries were refused, and the disk does not even take an entry that says so. */
  readonly untold: (gap: { readonly refused: number; readonly problem: string }) => void;
  readonly options: Pick<LedgerOptions, 'outstandingLimit' | 'outstandingBytes' | 'lastWords'>;
}

/** Measured: fewer make more batches than the load needs, more only make callers wait. */
const turns = 4;

/** By how much a batch may be longer than the one before it without being moved in memory. */
const shortfallBytes = 4096;
/** A flood is no measure for what comes after it, nor is its memory kept. */
const mostExpectedBytes = 1024 * 1024;

/**
 * The caller's side of appending. One batch is under way at a time and the next forms meanwhile, so that batches grow by themselves with
 * the load. While something is wrong everything is refused at once; when it is over, a `ledger.gap` entry goes first. Each entry handed in is
 * acknowledged, or counted in exactly one gap: those refused, those under way when writing failed, and those that waited.
 */
export function createAppends({ post, interest, clock, newId, untold, options }: AppendsOptions): Appends {
  const { outstandingLimit, outstandingBytes, lastWords } = options;
  let forming = createBatch(noInterest);
  let underWay: Batch | undefined;
  /** What the next batch is written into. */
  let spare: ArrayBuffer | undefined;
  let planned = false;
  let engineProblem: string | undefined;
  /** How many recoveries the engine reported. */
  let epoch = 0;
  let diskIsFull = false;
  let finished = false;
  let gap: Gap | undefined;
  /** The gap the batch under way or forming tells of; it comes back if that batch fails. */
  let told: Gap | undefined;

  const problem = () => engineProblem ?? (finished ? 'closed' : diskIsFull ? 'disk full' : undefined);
  const outstanding = () => forming.entries.length + (underWay?.entries.length ?? 0);

  const flush = () => {
    planned = false;
    if (underWay || forming.entries.length === 0) return;
    underWay = forming;
    // The next is most often about as long.
    const expectedBytes = Math.min(underWay.frame.length + shortfallBytes, mostExpectedBytes);
    forming = createBatch(interest(), expectedBytes, spare);
    spare = undefined;
    post(takeBatch(underWay, epoch));
  };

  /**
   * Some turns of the event loop later, so that what comes meanwhile goes along: handing a batch to the other thread costs as much as tens of
   * entries. A loop with nothing else to do makes these turns at once; a busy one fills them with other callers' entries.
   */
  const plan = () => {
    if (planned || underWay || forming.entries.length === 0) return;
    planned = true;
    let left = turns;
    const turn = () => {
      left -= 1;
      if (left > 0) setImmediate(turn);
      else flush();
    };
    setImmediate(turn);
  };

  const add = (entry: Entry, ofCaller: boolean): Promise<void> => {
    addEntry(forming, entry);
    if (ofCaller) forming.handedIn += 1;
    plan();
    return forming.durable;
  };

  const openGap = (why: string): Gap => {
    gap ??= { from: clock.now(), problem: why, refused: 0 };
    return gap;
  };

  const refuse = (why: string): Promise<void> => {
    openGap(why).refused += 1;
    return rejected(new Fault('ledger.unavailable', { detail: why, retryAfterMs: 1000 }));
  };

  const own = (kind: string, outcome: EntryOutcome, detail: Record<string, EntryValue>): Entry => {
    const at = new Date(clock.now()).toISOString();
    return { id: newId(), at, kind, actor: 'system', outcome, reason: 'ledger.unavailable', detail };
  };

  const tellGap = () => {
    if (!gap || told) return;
    told = gap;
    gap = undefined;
    const [from, to] = [told.from, clock.now()].map((time) => new Date(time).toISOString());
    void add(
      own('ledger.gap', 'failed', {
        from: from ?? '',
        to: to ?? '',
        refused: told.refused,
        problem: told.problem,
      }),
      false,
    );
  };

  const drop = (batch: Batch | undefined, why: string) => {
    if (!batch || batch.entries.length === 0) return;
    openGap(why).refused += batch.handedIn;
    batch.reject(new Fault('ledger.unavailable', { detail: why, retryAfterMs: 1000 }));
  };

  return {
    append(entry) {
      const why = problem();
      if (why !== undefined && !(why === 'disk full' && lastWords.includes(entry.kind))) return refuse(why);
      if (outstanding() >= outstandingLimit || forming.frame.length >= outstandingBytes) {
        return refuse('too many appends outstanding');
      }
      // Entries refused for want of room are told of as soon as there is room.
      if (gap) tellGap();
      try {
        return add(entry, true);
      } catch (error) {
        openGap('an entry was too long').refused += 1;
        return rejected(error);
      }
    },
    get outstanding() {
      return outstanding();
    },
    get problem() {
      return problem();
    },
    durable(used) {
      // Doubled once for a batch that was longer than expected, it may still come back.
      if (used && used.byteLength <= 2 * mostExpectedBytes) spare = used;
      const batch = underWay;
      underWay = undefined;
      if (!batch) return { entries: [], interest: noInterest };
      if (batch.tellsGap) told = undefined;
      batch.resolve();
      if (problem() === undefined) tellGap();
      plan();
      return batch;
    },
    failed(why) {
      engineProblem = why;
      if (told) gap = { ...told, refused: told.refused + (gap?.refused ?? 0) };
      told = undefined;
      drop(underWay, why);
      drop(forming, why);
      underWay = undefined;
      forming = createBatch(interest());
    },
    recovered() {
      engineProblem = undefined;
      epoch += 1;
      if (!diskIsFull) tellGap();
    },
    diskFull(full) {
      if (full === diskIsFull) return;
      diskIsFull = full;
      if (engineProblem !== undefined || finished) return;
      if (full) {
        openGap('disk full');
        void add(own('ledger.refusing', 'failed', { problem: 'disk full' }), false);
      } else {
        tellGap();
      }
    },
    async finish(reopen) {
      finished = true;
      const settle = async () => {
        for (;;) {
          if (engineProblem === undefined) tellGap();
          if (forming.entries.length === 0 && !underWay) return;
          await (underWay ?? forming).durable.catch(() => {});
        }
      };
      await settle();
      if (gap && engineProblem !== undefined) {
        await reopen().catch(() => {});
        await settle();
      }
      if (gap) untold(gap);
    },
  };
}

/** A rejection that does not count as unhandled where the entry is one that nobody waits for. */
function rejected(reason: unknown): Promise<void> {
  const promise = Promise.reject<void>(reason);
  promise.catch(() => {});
  return promise;
}
