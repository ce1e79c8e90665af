import type { Admitted, Outcome, SettledUsage } from '../states.ts';
import { estimateTokens } from '../wire/tokens.ts';
import { noUsage } from '../wire/usage.ts';
import type { Counted } from './relay.ts';

/** How the tries of a call went, as far as a service may bill them. */
export interface Tried {
  readonly result: Outcome['result'];
  /** The status of the service's last answer; 0 where it gave none. */
  readonly serviceStatus: number;
  /** The last try was sent, or may have been. */
  readonly sent: boolean;
  /** Earlier tries that were sent and never answered: the service may have done what they asked. */
  readonly unanswered: number;
}

type Reserved = Pick<Admitted, 'promptTokens' | 'outputTokens'> & {
  readonly operation: { readonly operation: { readonly free?: boolean } };
};

/**
 * What a call used, for its budgets. What the service said of a whole answer stands. Where that did not come (the caller left, the answer was cut, held back or
 * late, the service says nothing), what was reserved stands, marked `estimated`: nobody knows better, and a budget that trusted less could be overrun by
 * leaving early. Only a call that reached no service, or that a service answered with an error, used nothing.
 */
export function settledUsage(state: Reserved, how: Tried, counted: Counted | undefined): SettledUsage {
  const last = usageOfLast(state, how, counted);
  if (how.unanswered === 0) return last;
  return {
    ...last,
    input: last.input + how.unanswered * state.promptTokens,
    output: last.output + how.unanswered * state.outputTokens,
    estimated: true,
  };
}

function usageOfLast(
  state: Reserved,
  { result, serviceStatus, sent }: Tried,
  counted: Counted | undefined,
): SettledUsage {
  const { input, cachedInput = 0, output, reasoning = 0 } = counted?.usage ?? {};
  const isWhole = counted?.final === true || result === 'succeeded';
  if (input !== undefined && output !== undefined && isWhole)
    return { input, cachedInput, output, reasoning, estimated: false };
  if (!sent || isErrorStatus(serviceStatus)) return { ...noUsage, estimated: false };
  if (state.operation.operation.free && counted?.usage === undefined) return { ...noUsage, estimated: false };
  return {
    ...noUsage,
    cachedInput,
    input: input ?? state.promptTokens,
    output: Math.max(output ?? 0, state.outputTokens, estimateTokens(counted?.characters ?? 0)),
    estimated: true,
  };
}

/** Services bill no call that they answer so; redirects are followed by nobody. */
function isErrorStatus(status: number): boolean {
  return status >= 300;
}
