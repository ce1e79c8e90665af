import type { GateContext } from '../context.ts';
import type { Recorded } from '../states.ts';
import type { RelayHost } from './relay.ts';

/** Where an answer that comes in pieces leaves to the caller. */
export interface Outlet {
  /** Whether anything has left: the status and the headers at least. */
  readonly started: boolean;
  /** False: more is held than there is room for. */
  write(text: string): boolean;
  end(): void;
}

/**
 * Writes pieces as they come, or, where an answer is held, all of them at its end, at most `gate.bounds.answer` of them and no more than the memory for
 * bodies has room for.
 */
export function createOutlet({
  gate,
  state,
  status,
  headers,
  host,
  holds,
}: {
  readonly gate: GateContext;
  readonly state: Recorded;
  readonly status: number;
  readonly headers: string[];
  readonly host: RelayHost;
  readonly holds: boolean;
}): Outlet {
  const { answer } = state.call;
  const held: string[] = [];
  let heldCharacters = 0;
  let started = !holds;
  if (started) answer.start(status, headers);
  return {
    get started() {
      return started;
    },
    write(text) {
      if (text === '') return true;
      if (started) host.write(text);
      else {
        held.push(text);
        heldCharacters += text.length;
        return heldCharacters <= state.snapshot.bounds.answer && gate.memory.take(state.call, text.length);
      }
      return true;
    },
    end() {
      if (!started) {
        started = true;
        answer.start(status, headers);
        for (const text of held) host.write(text);
      }
      answer.end();
    },
  };
}
