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

/** How long a batch waits at most while less than the bound waits to be integrated. */
const maxPauseMs = 100;

const notIntegrated = 'Entries cannot be integrated.';

export interface Appender {
  open(): void;
  append(batch: AppendedBatch): void;
  /** After each integration: what waits may go on, or cannot. */
  integrated(problem?: string): void;
  /** Tries at once to begin a new segment, where writing failed. */
  reopen(): void;
  /** Takes nothing more, and tries nothing again: what was refused was told, or logged, by now. */
  stop(): void;
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
 *
 * Back pressure: the journal takes entries faster than a slow disk takes the files of the tree. From half of `tailBytes` on each batch waits a
 * little before it is written, and at `tailBytes` until an integration has made room. The caller has one batch under way at a time, so all of its
 * appends wait with it. They are refused only where integrating fails.
 */
export class BatchAppender implements Appender {
  readonly #options: AppenderOptions;
  #failed = false;
  #stopped = false;
  #integrationFails = false;
  #epoch = 0;
  #waitMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** The batch that waits for room. */
  #held: AppendedBatch | undefined;
  #pause: NodeJS.Timeout | undefined;
  /** The memory of the batch before: it goes back with the next one that is durable. */
  #used: ArrayBuffer | undefined;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#waitMs = options.settings.reopenAfterMs;
  }

  open(): void {
    this.#options.journal.begin(this.#options.tree.size);
  }

  append(batch: AppendedBatch): void {
    if (this.#failed || this.#stopped || batch.epoch !== this.#epoch) return;
    const { tail, settings } = this.#options;
    const half = settings.tailBytes / 2;
    if (tail.waitingBytes <= half) {
      this.#write(batch);
      return;
    }
    this.#held = batch;
    if (tail.waitingBytes <= settings.tailBytes) {
      const pauseMs = Math.ceil((maxPauseMs * (tail.waitingBytes - half)) / half);
      this.#pause = setTimeout(() => this.#release(), pauseMs).unref();
    } else if (this.#integrationFails) this.#fail(notIntegrated);
  }

  integrated(problem?: string): void {
    this.#integrationFails = problem !== undefined;
    if (this.#failed) return;
    const { tail, settings } = this.#options;
    if (tail.waitingBytes <= settings.tailBytes) this.#release();
    else if (this.#held && problem !== undefined) this.#fail(notIntegrated);
  }

  reopen(): void {
    if (!this.#failed || this.#stopped) return;
    clearTimeout(this.#timer);
    const { tail, settings, journal, tree, post } = this.#options;
    try {
      if (tail.waitingBytes > settings.tailBytes) throw new Error(notIntegrated);
      journal.begin(tree.size);
      this.#failed = false;
      this.#waitMs = settings.reopenAfterMs;
      this.#epoch += 1;
      post({ type: 'recovered' });
    } catch (error) {
      this.#releaseWhenFull(error);
      this.#fail(describe(error));
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#held = undefined;
    clearTimeout(this.#timer);
    clearTimeout(this.#pause);
  }

  close(signedSize: number): void {
    const { tree, journal } = this.#options;
    if (signedSize === tree.size) journal.clear();
    else journal.close();
  }

  #release(): void {
    clearTimeout(this.#pause);
    const batch = this.#held;
    this.#held = undefined;
    if (batch) this.#write(batch);
  }

  #write({ frame, parts }: AppendedBatch): void {
    const { journal, tree, tail, summaries, schedule, post } = this.#options;
    // From another thread it comes as plain bytes.
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
    const entries = closeFrame(bytes, tree.size);
    try {
      if (journal.full) journal.begin(tree.size);
      journal.append(bytes);
    } catch (error) {
      this.#releaseWhenFull(error);
      this.#fail(describe(error));
      return;
    }
    post({ type: 'durable', size: tree.size + entries.length, ...(this.#used && { used: this.#used }) });
    summaries.add(tree.size, parts);
    tree.append(entries);
    tail.append(entries);
    this.#used = frame.buffer;
    schedule.appended();
    try {
      journal.layAhead();
    } catch (error) {
      this.#releaseWhenFull(error);
      this.#fail(describe(error));
    }
  }

  #fail(problem: string): void {
    this.#failed = true;
    this.#held = undefined;
    clearTimeout(this.#pause);
    this.#options.post({ type: 'failed', problem });
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.reopen(), this.#waitMs).unref();
    this.#waitMs = Math.min(this.#waitMs * 2, longestReopenMs);
  }

  #releaseWhenFull(error: unknown): void {
    if (describe(error).startsWith('ENOSPC')) this.#options.reserve.release();
  }
}
