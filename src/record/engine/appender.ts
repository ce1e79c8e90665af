import type { GrowingTree } from '../tree/growing.ts';
import { describe } from './describe.ts';
import { closeFrame } from './frames.ts';
import type { Journal } from './journal.ts';
import type { AppendedBatch, EngineEvent, EngineSettings } from './messages.ts';
import type { Reserve } from './reserve.ts';
import type { Schedule } from './schedule.ts';
import type { Summaries } from './summaries.ts';
import type { Tail } from './tail.ts';

const longestReopenMs = 5000;

export interface Appender {
  open(): void;
  append(batch: AppendedBatch): void;
  /** What is signed needs its journal no longer. */
  close(signedSize: number): void;
}

export interface AppenderOptions {
  readonly settings: Pick<EngineSettings, 'reopenAfterMs' | 'tailBytes'>;
  readonly tree: GrowingTree;
  readonly tail: Tail;
  readonly journal: Journal;
  readonly reserve: Reserve;
  readonly schedule: Pick<Schedule, 'appended'>;
  readonly summaries: Pick<Summaries, 'add'>;
  readonly post: (event: EngineEvent) => void;
}

/**
 * Group commit. One frame a batch: written, synced, acknowledged, and only then put into the tree.
 *
 *   open ──append──► open
 *     │ a write or sync fails: that segment is never touched again (after a failed fsync the kernel may have dropped the pages, and
 *     │ a second fsync would lie)
 *     ▼
 *   failed ──a new segment could be begun──► open
 *     │ not yet: wait longer each time
 *     └──► failed
 */
export function createAppender({
  settings,
  tree,
  tail,
  journal,
  reserve,
  schedule,
  summaries,
  post,
}: AppenderOptions): Appender {
  let failed = false;
  let waitMs = settings.reopenAfterMs;
  let timer: NodeJS.Timeout | undefined;
  /** The memory of the batch before: it goes back with the next one that is durable. */
  let used: ArrayBuffer | undefined;

  const fail = (problem: string) => {
    failed = true;
    post({ type: 'failed', problem });
    timer = setTimeout(reopen, waitMs).unref();
    waitMs = Math.min(waitMs * 2, longestReopenMs);
  };

  const reopen = () => {
    try {
      if (tail.bytes > settings.tailBytes) throw new Error('Entries cannot be integrated.');
      journal.begin(tree.size);
      failed = false;
      waitMs = settings.reopenAfterMs;
      post({ type: 'recovered' });
    } catch (error) {
      releaseWhenFull(error);
      fail(describe(error));
    }
  };

  const releaseWhenFull = (error: unknown) => {
    if (describe(error).startsWith('ENOSPC')) reserve.release();
  };

  return {
    open() {
      journal.begin(tree.size);
    },
    append({ frame, parts }) {
      if (failed) return;
      if (tail.bytes > settings.tailBytes) {
        fail('Entries cannot be integrated.');
        return;
      }
      // From another thread it comes as plain bytes.
      const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
      const entries = closeFrame(bytes, tree.size);
      try {
        if (journal.full) journal.begin(tree.size);
        journal.append(bytes);
      } catch (error) {
        releaseWhenFull(error);
        fail(describe(error));
        return;
      }
      post({ type: 'durable', size: tree.size + entries.length, ...(used && { used }) });
      summaries.add(tree.size, parts);
      tree.append(entries);
      tail.append(entries);
      used = frame.buffer;
      schedule.appended();
      try {
        journal.layAhead();
      } catch (error) {
        releaseWhenFull(error);
        fail(describe(error));
      }
    },
    close(signedSize) {
      clearTimeout(timer);
      if (signedSize === tree.size) journal.clear();
      else journal.close();
    },
  };
}
