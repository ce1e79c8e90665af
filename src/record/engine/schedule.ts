import type { LedgerFiles } from '../files.ts';
import type { GrowingTree } from '../tree/growing.ts';
import { describe } from './describe.ts';
import type { Indexing } from './indexing.ts';
import type { Integrator } from './integrator.ts';
import type { Journal } from './journal.ts';
import type { EngineEvent, EngineSettings } from './messages.ts';
import type { Reserve } from './reserve.ts';

/** How long after the first new entry a checkpoint is made when none was made lately. */
const settleMs = 50;
const longestRetryMs = 5000;
/** An entry is signed within a second of being durable; the rest of it is for the signing itself. */
const signedWithinMs = 950;

/** With so many entries left, the next checkpoint is not waited for. */
const backlogEntries = 65_536;

export interface Schedule {
  start(): void;
  appended(): void;
  /** Resolves when everything appended so far is signed; rejects when it cannot be. */
  integrateNow(): Promise<void>;
  stop(): Promise<void>;
}

export interface ScheduleOptions {
  readonly settings: Pick<EngineSettings, 'checkpointEveryMs' | 'diskPollMs'>;
  readonly tree: GrowingTree;
  readonly integrator: Integrator;
  readonly journal: Journal;
  readonly indexing: Indexing;
  readonly reserve: Reserve;
  readonly files: LedgerFiles;
  /** After each integration; with what went wrong, if anything did. */
  readonly integrated: (problem?: string) => void;
  readonly post: (event: EngineEvent) => void;
}

/**
 * What the engine does by the clock: checkpoints, indexing behind them, watching the disk. Its timers hold no process up: the thread
 * lives as long as its port is open.
 */
export function createSchedule(options: ScheduleOptions): Schedule {
  const { settings, tree, integrator, journal, indexing, reserve, files, integrated, post } = options;
  const { checkpointEveryMs } = settings;
  // What a checkpoint leaves to the next has waited once already.
  const againMs = Math.min(checkpointEveryMs, signedWithinMs - checkpointEveryMs);
  const soonAgain = againMs >= checkpointEveryMs / 2;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let lastMs = 0;
  let retryMs = checkpointEveryMs;
  let stopped = false;

  const run = async (how?: { soonAgain: boolean }) => {
    await integrator.integrate(how);
    lastMs = performance.now();
    journal.removeBefore(integrator.signedSize);
    post({ type: 'signed', size: integrator.signedSize });
    indexing.wake();
  };

  const integrate = (how?: { soonAgain: boolean }): Promise<void> => {
    running ??= run(how).finally(() => {
      running = undefined;
    });
    return running;
  };

  const plan = (waitMs: number) => {
    if (stopped) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      integrate({ soonAgain }).then(
        () => {
          retryMs = checkpointEveryMs;
          if (tree.size - integrator.signedSize >= backlogEntries) plan(0);
          else if (tree.size > integrator.signedSize) plan(soonAgain ? againMs : checkpointEveryMs);
          integrated();
        },
        (error: unknown) => {
          post({ type: 'warned', message: 'The ledger could not be integrated.', problem: describe(error) });
          integrated(describe(error));
          retryMs = Math.min(retryMs * 2, longestRetryMs);
          plan(retryMs);
        },
      );
    }, waitMs).unref();
  };

  const watchDisk = () => {
    try {
      const freeBytes = files.freeBytes();
      reserve.restore(freeBytes);
      post({ type: 'disk', freeBytes });
    } catch (error) {
      post({
        type: 'warned',
        message: 'The free space of the disk could not be watched.',
        problem: describe(error),
      });
    }
  };
  let poll: NodeJS.Timeout | undefined;

  return {
    start() {
      poll = setInterval(watchDisk, settings.diskPollMs).unref();
      journal.removeBefore(integrator.signedSize);
      indexing.wake();
      if (integrator.checkpoint === '' || tree.size > integrator.signedSize) plan(0);
    },
    appended() {
      if (!timer && !running && !stopped) {
        plan(Math.max(settleMs, checkpointEveryMs - (performance.now() - lastMs)));
      }
    },
    async integrateNow() {
      const wanted = tree.size;
      // What runs already may have begun before the newest entries, and each takes only so many.
      if (running) await running;
      while (integrator.checkpoint === '' || wanted > integrator.signedSize) await integrate();
      integrated();
      // What came meanwhile found an integration running, and planned none.
      if (tree.size > integrator.signedSize) plan(checkpointEveryMs);
    },
    async stop() {
      stopped = true;
      clearInterval(poll);
      clearTimeout(timer);
      await running?.catch(() => {});
    },
  };
}
