import { setImmediate } from 'node:timers/promises';

/** Work that can be laid down between its slices, at each `yield`, so that other calls go on meanwhile. */
export type Slices<Result> = Generator<void, Result, void>;

/** The longest that other work waits for a slice to end, about, in milliseconds. */
const longestTurnMs = 5;

export function doAtOnce<Result>(work: Slices<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

export async function doInTurns<Result>(work: Slices<Result>): Promise<Result> {
  let beganAt = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - beganAt < longestTurnMs) continue;
    await setImmediate();
    beganAt = performance.now();
  }
}

/** From here on, in characters, other calls go on while a text is worked on. */
const longText = 65_536;

/** At once where the text is short, else in turns with other work. */
export const doSoon = <Result>(work: Slices<Result>, length: number): Result | Promise<Result> =>
  length > longText ? doInTurns(work) : doAtOnce(work);
