import { setTimeout as wait } from 'node:timers/promises';

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

/** After each slice the event loop is everybody else's for so many times as long. */
const restRatio = 2;
const maxRestMs = 50;

/** The end of the slice before. One for the process, whose event loop is what is shared: however many texts are long, one slice is worked on at a time. */
let lastTurn: Promise<unknown> = Promise.resolve();

export async function doInTurns<Result>(work: Slices<Result>): Promise<Result> {
  for (;;) {
    const turn = lastTurn.then(async () => {
      const beganAt = performance.now();
      const step = doSlice(work, beganAt);
      if (!step.done) await wait(Math.min(maxRestMs, (performance.now() - beganAt) * restRatio));
      return step;
    });
    // One that fails keeps no other from its turn.
    lastTurn = turn.catch(() => {});
    const step = await turn;
    if (step.done) return step.value;
  }
}

function doSlice<Result>(work: Slices<Result>, beganAt: number): IteratorResult<void, Result> {
  for (;;) {
    const step = work.next();
    if (step.done || performance.now() - beganAt >= longestTurnMs) return step;
  }
}

/** From here on, in characters, other calls go on while a text is worked on. */
const longText = 65_536;

/** At once where the text is short, else in turns with other work. */
export const doSoon = <Result>(work: Slices<Result>, length: number): Result | Promise<Result> =>
  length > longText ? doInTurns(work) : doAtOnce(work);
