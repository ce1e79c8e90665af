import type { Recorded } from '../states.ts';
import type { Counted, Relay, RelayHost } from './relay.ts';

const nothingCounted: Counted = { usage: undefined, characters: 0 };

/** Any other answer: sound, pictures, what agents send. Bytes pass as they come; nothing is known of tokens. */
export function createPassThrough(options: {
  state: Recorded;
  status: number;
  headers: string[];
  host: RelayHost;
}): Relay {
  const { state, status, headers, host } = options;
  const { answer } = state.call;
  answer.start(status, headers);
  return {
    data: (chunk) => host.write(chunk),
    end: () => answer.end(),
    cut: () => answer.breakOff(),
    counted: () => nothingCounted,
  };
}
