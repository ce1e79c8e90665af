/**
 * Work that holds the event loop for long (parsing a large body), one piece at a time and never much of the time: after each piece the loop is given to everything
 * else for `restRatio` times as long. Callers take turns, so that one who sends many large bodies waits for itself.
 */
export interface Lane {
  run<Result>(caller: string, work: () => Result): Promise<Result>;
}

const restRatio = 8;
const maxRestMs = 500;

interface Piece {
  readonly work: () => void;
}

/** `shared`: whether anybody but this caller has calls under way; where nobody has, nobody waits for the loop. */
export function createLane(elapsed: () => number, shared: (caller: string) => boolean): Lane {
  const waiting = new Map<string, Piece[]>();
  let busy = false;

  function next(): void {
    const first = waiting.entries().next();
    if (first.done) {
      busy = false;
      return;
    }
    const [caller, pieces] = first.value;
    // The caller goes to the end of the line, if there is more of it.
    waiting.delete(caller);
    const piece = pieces.shift();
    if (pieces.length > 0) waiting.set(caller, pieces);
    const startedAt = elapsed();
    piece?.work();
    const restMs = shared(caller) ? Math.min(maxRestMs, (elapsed() - startedAt) * restRatio) : 0;
    if (restMs < 1) setImmediate(next);
    else setTimeout(next, restMs);
  }

  return {
    run(caller, work) {
      return new Promise((resolve, reject) => {
        const piece: Piece = {
          work() {
            try {
              resolve(work());
            } catch (error) {
              reject(error instanceof Error ? error : new Error('work in the lane failed'));
            }
          },
        };
        const line = waiting.get(caller);
        if (line) line.push(piece);
        else waiting.set(caller, [piece]);
        if (busy) return;
        busy = true;
        setImmediate(next);
      });
    },
  };
}
