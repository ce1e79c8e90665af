import type { Clock } from '../../../kernel/index.ts';

/**
 * Circuit breaker of one service. closed —`failures` in a row→ open —`pauseMs` later→ half-open, in which one call tries the service:
 * —it succeeds→ closed, —it fails→ open again.
 */
export interface Breaker {
  readonly state: 'closed' | 'open' | 'half-open';
  available(): boolean;
  /** A call is sent; in half-open it is the one that tries. */
  begin(): void;
  succeeded(): void;
  failed(): void;
  /** The call ended without telling anything of the service (the caller left). */
  abandoned(): void;
}

export function createBreaker(options: { failures: number; pauseMs: number; clock: Clock }): Breaker {
  const { failures, pauseMs, clock } = options;
  let inRow = 0;
  let openedAt: number | undefined;
  let trying = false;

  const state = (): Breaker['state'] => {
    if (openedAt === undefined) return 'closed';
    return clock.elapsed() - openedAt >= pauseMs ? 'half-open' : 'open';
  };
  return {
    get state() {
      return state();
    },
    available() {
      const now = state();
      return now === 'closed' || (now === 'half-open' && !trying);
    },
    begin() {
      if (openedAt !== undefined) trying = true;
    },
    succeeded() {
      inRow = 0;
      openedAt = undefined;
      trying = false;
    },
    failed() {
      inRow++;
      if (openedAt !== undefined || inRow >= failures) openedAt = clock.elapsed();
      trying = false;
    },
    abandoned() {
      trying = false;
    },
  };
}
