import type { Outcome, Recorded, SettledUsage } from '../states.ts';
import { estimateTokens } from '../wire/tokens.ts';
import { noUsage } from '../wire/usage.ts';
import type { Counted } from './relay.ts';

/**
 * What a call used, for its budgets: as the service said where it said it, else counted from what was passed on and marked `estimated`. A call
 * that no service answered, or that a service refused, used nothing.
 */
export function settledUsage(
  state: Recorded,
  how: Pick<Outcome, 'result' | 'status' | 'tries'>,
  counted: Counted | undefined,
): SettledUsage {
  const said = counted?.usage;
  if (said?.input !== undefined && said.output !== undefined && how.result === 'succeeded') {
    const { input, cachedInput = 0, output, reasoning = 0 } = said;
    return { input, cachedInput, output, reasoning, estimated: false };
  }
  const neverTaken = how.tries === 0 || (counted === undefined && how.result === 'failed');
  const refused = how.result === 'failed' && how.status >= 400 && counted?.characters === 0;
  if (neverTaken || refused) return { ...noUsage, estimated: false };
  const characters = counted?.characters ?? 0;
  return {
    ...noUsage,
    ...said,
    input: said?.input ?? state.promptTokens,
    output: Math.max(said?.output ?? 0, estimateTokens(characters)),
    estimated: true,
  };
}
