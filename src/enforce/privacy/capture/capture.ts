import { asFault, Fault } from '../../../kernel/index.ts';
import type { KeyReference } from '../../../secrets/index.ts';
import type { KeepingPolicy } from '../keeping-section.ts';
import { createEntries, type KeepingParts } from '../parts.ts';
import { type CapturedRow, insertCaptured, sumCaptured } from './store.ts';

/** What a route keeps of its calls. */
export interface CaptureRule {
  readonly prompts: boolean;
  readonly answers: boolean;
  /** UTF-8 bytes of both texts together. */
  readonly mostBytes: number;
}

export interface CaptureRecord {
  /** The id of the decision. */
  readonly entryId: string;
  readonly route: string;
  readonly subject: KeyReference | undefined;
  readonly prompt?: string | undefined;
  readonly answer?: string | undefined;
}

export const dropReasons = ['too-long', 'queue', 'room', 'keys', 'erased', 'failed'] as const;
export type DropReason = (typeof dropReasons)[number];

export interface CaptureStatus {
  /** Sealed bytes in the store. */
  readonly bytes: number;
  readonly waiting: number;
  /** Records that could not be kept, since the start. */
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/** Keeps prompts and answers, sealed, off the path of the call. */
export interface Capture {
  /** Undefined: nothing of this route is kept, and texts need not be gathered. */
  ruleOf(route: string): CaptureRule | undefined;
  /** Takes a record over. Never waits, never throws: what cannot be kept is counted, and an entry tells how much. */
  capture(record: CaptureRecord): void;
  /** What waits is written, or dropped where its key was destroyed. */
  flush(): Promise<void>;
  /** The store was swept or erased: what is there is counted anew. */
  recount(): Promise<void>;
  status(): CaptureStatus;
  close(): Promise<void>;
}

interface Queued {
  readonly record: CaptureRecord;
  readonly id: string;
  readonly at: number;
  readonly bytes: number;
  readonly keepMs: number;
}

const mostWaiting = 4096;
const mostWaitingBytes = 64 * 1024 * 1024;
const batchRecords = 64;
const flushEveryMs = 200;
const retryMs = 2000;
const tellEveryMs = 60_000;

export async function createCapture(parts: KeepingParts): Promise<Capture> {
  const { store, policy, clock, newId, log } = parts;
  const { dropped, drop, tell } = createDropCount(parts);
  const queue: Queued[] = [];
  /** Sealed, and not written yet. */
  const ready: CapturedRow[] = [];
  let queuedBytes = 0;
  let storedBytes = (await sumCaptured(store)).bytes;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  async function sealRecord({ record, id, at, keepMs }: Queued): Promise<CapturedRow | undefined> {
    const { entryId, route, subject, prompt, answer } = record;
    try {
      const key = subject ?? parts.keys.take('day', new Date(at).toISOString().slice(0, 10));
      if (!key) {
        drop('keys');
        return undefined;
      }
      await key.kept;
      const row = { id, key_id: key.id, entry_id: entryId, route, at };
      const text = Buffer.from(JSON.stringify({ prompt, answer }));
      const sealed = (await parts.keys.seal(key.id, contextOf(row), text)).toString('base64');
      return { ...row, expires_at: at + keepMs, bytes: sealed.length, sealed };
    } catch (error) {
      drop(error instanceof Fault && error.code === 'data.erased' ? 'erased' : 'failed');
      return undefined;
    }
  }

  async function sealBatch(): Promise<void> {
    const batch = queue.splice(0, batchRecords);
    const rows = await Promise.all(batch.map(sealRecord));
    queuedBytes -= batch.reduce((sum, { bytes }) => sum + bytes, 0);
    const { room } = policy().data.capture;
    for (const row of rows) {
      if (!row) continue;
      if (storedBytes + row.bytes > room) {
        drop('room');
        continue;
      }
      storedBytes += row.bytes;
      ready.push(row);
    }
  }

  async function writeAll(): Promise<void> {
    while (queue.length > 0 || ready.length > 0) {
      if (ready.length === 0) await sealBatch();
      try {
        await insertCaptured(store, ready);
        ready.length = 0;
      } catch (error) {
        log.warn('captured content could not be written yet; it is tried again', {
          code: asFault(error).code,
        });
        schedule(retryMs);
        return;
      }
    }
  }

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    await writing;
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
    await writing;
  };
  function schedule(delayMs: number): void {
    timer ??= setTimeout(() => void flush(), delayMs).unref();
  }

  function take(record: CaptureRecord): void {
    const rule = ruleOf(policy(), record.route);
    if (!rule) return;
    const prompt = rule.prompts ? record.prompt : undefined;
    const answer = rule.answers ? record.answer : undefined;
    if (prompt === undefined && answer === undefined) return;
    const bytes = Buffer.byteLength(prompt ?? '') + Buffer.byteLength(answer ?? '');
    if (bytes > rule.mostBytes) return drop('too-long');
    if (queue.length >= mostWaiting || queuedBytes + bytes > mostWaitingBytes) return drop('queue');
    const { keepMs } = rule;
    queue.push({ record: { ...record, prompt, answer }, id: newId(), at: clock.now(), bytes, keepMs });
    queuedBytes += bytes;
    schedule(flushEveryMs);
  }

  return {
    ruleOf: (route) => ruleOf(policy(), route),
    capture(record) {
      try {
        take(record);
      } catch {
        drop('failed');
      }
    },
    flush,
    async recount() {
      await flush();
      storedBytes = (await sumCaptured(store)).bytes + ready.reduce((sum, { bytes }) => sum + bytes, 0);
    },
    status: () => ({
      bytes: storedBytes,
      waiting: queue.length + ready.length,
      dropped: { ...dropped },
    }),
    async close() {
      await flush();
      clearTimeout(timer);
      const lost = queue.splice(0).length + ready.splice(0).length;
      for (let count = 0; count < lost; count++) drop('failed');
      tell();
    },
  };
}

/** Counts what could not be kept, and tells it in entries: one for each reason, at most once a minute. */
function createDropCount({ newId, clock, digest, ledger, log }: KeepingParts) {
  const dropped = Object.fromEntries(dropReasons.map((reason) => [reason, 0])) as Record<DropReason, number>;
  const told = { ...dropped };
  const entry = createEntries({ newId, clock, digest });
  let timer: NodeJS.Timeout | undefined;

  function tell(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const cause of dropReasons) {
      const count = dropped[cause] - told[cause];
      if (count === 0) continue;
      told[cause] += count;
      log.warn('prompts and answers could not be kept', { cause, count });
      const made = entry('capture.dropped', { actor: 'system', outcome: 'failed', detail: { cause, count } });
      ledger.append(made).catch(() => log.warn('what was not kept could not be recorded'));
    }
  }

  return {
    dropped,
    tell,
    drop(reason: DropReason): void {
      dropped[reason] += 1;
      timer ??= setTimeout(tell, tellEveryMs).unref();
    },
  };
}

/** What the policy says of a route. */
function ruleOf({ data }: KeepingPolicy, route: string): (CaptureRule & { keepMs: number }) | undefined {
  const { capture } = data;
  const rule = Object.hasOwn(capture.routes, route) ? capture.routes[route] : undefined;
  if (!rule) return undefined;
  return {
    prompts: rule.of.includes('prompts'),
    answers: rule.of.includes('answers'),
    mostBytes: rule.most,
    keepMs: captureKeepMs(data, route),
  };
}

/** How long what a route captured is kept, by the policy of now; also of a route it no longer captures. */
export function captureKeepMs({ capture, retention }: KeepingPolicy['data'], route: string): number {
  const own = Object.hasOwn(capture.routes, route) ? capture.routes[route]?.for : undefined;
  return own ?? retention.captured;
}

/** What a captured record is bound to: none of it can be changed, or moved to another. */
export function contextOf(row: Pick<CapturedRow, 'id' | 'entry_id' | 'route' | 'at'>) {
  return { purpose: 'captured', about: `${row.id} ${row.entry_id} ${row.at} ${row.route}` };
}
