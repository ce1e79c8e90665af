import assert from 'node:assert/strict';
import { createManualClock } from './clock.ts';
import { createLimits, type LimitSet, type LimitSubject } from '../../src/enforce/limits/index.ts';
import { noLimits } from '../../src/enforce/limits/limit-set.ts';

export const limitSet = (changes: Partial<LimitSet>): LimitSet => ({ ...noLimits, ...changes });
export const key = (limits: LimitSet, subject = 'key_1'): LimitSubject => ({ scope: 'key', subject, limits });

export function start(options: { startAt?: number; capacity?: number } = {}) {
  const clock = createManualClock(options.startAt);
  const limits = createLimits({
    clock,
    usedSoFar: () => 0,
    ...(options.capacity !== undefined && { capacity: options.capacity }),
  });
  const admit = (subjects: LimitSubject[], tokens = 0, costNanoUsd = 0) =>
    limits.admit({ subjects, tokens, costNanoUsd });
  return { clock, limits, admit };
}

export function admitted(result: ReturnType<ReturnType<typeof start>['admit']>) {
  assert.ok(result.ok, result.ok ? '' : `refused by ${result.scope} ${result.measure}`);
  return result;
}

export function refused(result: ReturnType<ReturnType<typeof start>['admit']>) {
  assert.ok(!result.ok, 'admitted');
  return result;
}
