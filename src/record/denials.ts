import type { Clock } from '../kernel/index.ts';
import type { Entry, EntryValue } from './entry.ts';
import type { Ledger } from './ledger.ts';

export interface RecordedDenial {
  /** The entry that tells of this denial, alone or counted with others. */
  readonly id: string;
  /**
   * For an entry of its own, when it is durable. A counted denial resolves at once, or rejects where the ledger cannot be written:
   * its entry follows when the window ends.
   */
  readonly durable: Promise<void>;
}

/**
 * Records denials without letting a flood of them fill the disk. Within a window the first denials of a flood key (an address and a
 * reason) get an entry each; the rest of that key share one entry with a count; when there are too many keys, all others of a reason
 * share one. So a window costs at most `ownEntries + countedKeys` entries, and one a reason.
 *
 * A crash loses the counted entries of the window under way (up to a second), never an entry of its own that was waited for.
 */
export interface DenialRecorder {
  record(entry: Entry, floodKey: string): RecordedDenial;
  /** Appends the counted entries of this window now and begins another. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface DenialRecorderOptions {
  readonly ledger: Pick<Ledger, 'append' | 'status'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly windowMs?: number;
  /** Entries of their own for one key in a window. */
  readonly ownEntriesPerKey?: number;
  /** Entries of their own for all keys in a window. */
  readonly ownEntries?: number;
  /** Keys with a counted entry of their own in a window. */
  readonly countedKeys?: number;
}

interface KeyState {
  own: number;
  counted: CountedDenials | undefined;
}

interface Window {
  readonly beganAt: number;
  own: number;
  counted: number;
  readonly keys: Map<string, KeyState>;
  readonly overflow: Map<string, CountedDenials>;
}

export function createDenialRecorder(options: DenialRecorderOptions): DenialRecorder {
  const {
    ledger,
    clock,
    newId,
    windowMs = 1000,
    ownEntriesPerKey = 3,
    ownEntries = 64,
    countedKeys = 128,
  } = options;
  const startWindow = (): Window => {
    return { beganAt: clock.elapsed(), own: 0, counted: 0, keys: new Map(), overflow: new Map() };
  };
  let window = startWindow();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    const ended = window;
    window = startWindow();
    const counted = [...ended.keys.values()].flatMap((key) => key.counted ?? []);
    await Promise.all(
      [...counted, ...ended.overflow.values()].map((denials) => ledger.append(denials.entry())),
    );
  };

  const count = (denials: CountedDenials, entry: Entry): RecordedDenial => {
    denials.add(entry);
    return { id: denials.id, durable: Promise.resolve() };
  };

  const overflow = (entry: Entry): RecordedDenial => {
    const reason = entry.reason ?? '';
    let shared = window.overflow.get(reason);
    if (!shared) {
      shared = createCountedDenials(newId(), {
        id: '',
        at: entry.at,
        kind: entry.kind,
        outcome: entry.outcome,
        reason,
      });
      window.overflow.set(reason, shared);
    }
    return count(shared, entry);
  };

  return {
    record(entry, floodKey) {
      // A closed recorder has no later window, and a ledger that cannot write says so to each append.
      if (closed || !ledger.status.writable) return { id: entry.id, durable: ledger.append(entry) };
      // A busy event loop may keep the timer waiting; the window ends all the same.
      if (timer && clock.elapsed() - window.beganAt >= windowMs) void flush().catch(() => {});
      if (!timer) window = startWindow();
      // The end of a window is of no interest to a process that ends: closing flushes.
      timer ??= setTimeout(() => void flush().catch(() => {}), windowMs).unref();
      const { keys } = window;
      const key = keys.get(floodKey) ?? { own: 0, counted: undefined };
      if (key.own < ownEntriesPerKey && window.own < ownEntries) {
        key.own += 1;
        window.own += 1;
        keys.set(floodKey, key);
        return { id: entry.id, durable: ledger.append(entry) };
      }
      if (!key.counted) {
        if (window.counted >= countedKeys) return overflow(entry);
        window.counted += 1;
        key.counted = createCountedDenials(newId(), entry);
        keys.set(floodKey, key);
      }
      return count(key.counted, entry);
    },
    flush,
    async close() {
      closed = true;
      await flush();
    },
  };
}

interface CountedDenials {
  readonly id: string;
  add(entry: Entry): void;
  entry(): Entry;
}

const comparedFields = ['actor', 'source', 'target', 'policy'] as const;

/** Denials told by one entry, which keeps only what they all have in common. */
function createCountedDenials(id: string, first: Entry): CountedDenials {
  const common: { -readonly [Field in (typeof comparedFields)[number]]?: string | undefined } = {};
  for (const field of comparedFields) common[field] = first[field];
  const detail: Record<string, EntryValue | undefined> = { ...first.detail };
  let count = 0;
  let lastAt = first.at;
  return {
    id,
    add(entry) {
      count += 1;
      if (entry.at > lastAt) lastAt = entry.at;
      for (const field of comparedFields) if (common[field] !== entry[field]) delete common[field];
      for (const name of Object.keys(detail)) if (detail[name] !== entry.detail?.[name]) delete detail[name];
    },
    entry() {
      const { at, kind, outcome, reason } = first;
      return { id, at, kind, ...common, outcome, reason, detail: { ...detail, count, firstAt: at, lastAt } };
    },
  };
}
