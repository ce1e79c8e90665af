import { Fault } from '../../../kernel/index.ts';
import { createEntries, type KeepingParts } from '../parts.ts';

const dayMs = 86_400_000;

/** How far the clock may be ahead of the time last seen before nothing is destroyed by it any more: a server may be off for so long. */
const aheadMs = 7 * dayMs;
/** The same behind: what is made meanwhile would look older than it is, and go too soon. */
const behindMs = dayMs;

/** Where the time last seen is kept. */
export interface ClockMemory {
  load(): Promise<{ readonly seenAt: number; readonly problem: string | undefined } | undefined>;
  save(seen: { readonly seenAt: number; readonly problem: string | undefined }): Promise<void>;
}

/** Whether the clock can be trusted to say what is past its time. */
export interface ClockHold {
  /** Compares the clock with the time last seen. Gives what is wrong with it, if anything is. */
  check(): Promise<string | undefined>;
  /** As of the last check. */
  readonly problem: string | undefined;
  /** An operator looked at the clock, and it is right. */
  confirm(operator: string): Promise<void>;
  /** Throws Fault `retention.clock` where the clock is not trusted. */
  refuse(): Promise<void>;
}

/**
 * Everything that is destroyed by its age is destroyed by the clock: one wrong clock, set years ahead by a dead battery or a typing error, would
 * take all of it at once. So the time last seen is kept in the store, moves on with the time the process runs, and a clock that is far from it
 * destroys nothing until somebody confirms it. A clock that comes back by itself from ahead is trusted again; one that was behind is not, since what
 * was made meanwhile has a wrong time.
 */
export function createClockHold(parts: KeepingParts & { readonly clockMemory: ClockMemory }): ClockHold {
  const { clockMemory, ledger, clock, log } = parts;
  const entry = createEntries(parts);
  let last: { readonly seenAt: number; readonly elapsed: number } | undefined;
  let problem: string | undefined;

  async function load(): Promise<{ seenAt: number; elapsed: number }> {
    const elapsed = clock.elapsed();
    const kept = await clockMemory.load();
    problem = kept?.problem;
    return { seenAt: kept?.seenAt ?? (await newestEntryAt()) ?? clock.now(), elapsed };
  }

  /** For a data folder of a version that did not keep the time. */
  async function newestEntryAt(): Promise<number | undefined> {
    for await (const found of ledger.search({ order: 'newest', limit: 1 })) return Date.parse(found.entry.at);
    return undefined;
  }

  async function check(): Promise<string | undefined> {
    last ??= await load();
    const now = clock.now();
    const expected = Math.floor(last.seenAt + clock.elapsed() - last.elapsed);
    const wrong = describe(now, expected);
    const before = problem;
    // Once behind, only a confirmation ends it.
    if (!before?.startsWith('behind')) problem = wrong;
    if (problem === undefined) last = { seenAt: Math.max(now, expected), elapsed: clock.elapsed() };
    if (problem !== undefined && problem !== before)
      log.error(
        'the clock is far from the time last seen; nothing is destroyed by its age until it is confirmed',
        {
          problem,
        },
      );
    await clockMemory.save({ seenAt: last.seenAt, problem });
    return problem;
  }

  return {
    check,
    get problem() {
      return problem;
    },
    async confirm(operator) {
      const found = (await check()) ?? 'none';
      const now = clock.now();
      await ledger.append(
        entry('retention.clock-confirmed', { actor: operator, detail: { problem: found } }),
      );
      last = { seenAt: now, elapsed: clock.elapsed() };
      problem = undefined;
      await clockMemory.save({ seenAt: now, problem });
    },
    async refuse() {
      const found = await check();
      if (found !== undefined) throw new Fault('retention.clock', { detail: `It is ${found}.` });
    },
  };
}

function describe(now: number, expected: number): string | undefined {
  const at = (time: number) => new Date(time).toISOString().slice(0, 16);
  if (now > expected + aheadMs) return `ahead: ${at(now)}, last seen ${at(expected)}`;
  if (now < expected - behindMs) return `behind: ${at(now)}, last seen ${at(expected)}`;
  return undefined;
}
