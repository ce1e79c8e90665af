import type { JsonObject } from '../../../kernel/index.ts';
import { countAt, objectAt } from './reading.ts';
import type { TokenUsage } from './wire.ts';

export const noUsage: TokenUsage = { input: 0, cachedInput: 0, output: 0, reasoning: 0 };

/** OpenAI chat completions: `prompt_tokens` and `completion_tokens`, with details. Without a count of output the usage is not whole. */
export function readCompletionUsage(holder: JsonObject): Partial<TokenUsage> | undefined {
  const usage = objectAt(holder, 'usage');
  const input = countAt(usage, 'prompt_tokens');
  if (input === undefined) return undefined;
  const output = countAt(usage, 'completion_tokens');
  return {
    input,
    cachedInput: countAt(objectAt(usage, 'prompt_tokens_details'), 'cached_tokens') ?? 0,
    ...(output !== undefined && { output }),
    reasoning: countAt(objectAt(usage, 'completion_tokens_details'), 'reasoning_tokens') ?? 0,
  };
}

/** Embeddings, which have no output: `prompt_tokens` alone. */
export function readPromptUsage(holder: JsonObject): TokenUsage | undefined {
  const usage = readCompletionUsage(holder);
  return usage && { ...noUsage, ...usage };
}

/** OpenAI responses, images and audio: `input_tokens` and `output_tokens`, with details. */
export function readResponseUsage(holder: JsonObject): Partial<TokenUsage> | undefined {
  const usage = objectAt(holder, 'usage');
  const input = countAt(usage, 'input_tokens');
  if (input === undefined) return undefined;
  const output = countAt(usage, 'output_tokens');
  return {
    input,
    cachedInput: countAt(objectAt(usage, 'input_tokens_details'), 'cached_tokens') ?? 0,
    ...(output !== undefined && { output }),
    reasoning: countAt(objectAt(usage, 'output_tokens_details'), 'reasoning_tokens') ?? 0,
  };
}

/**
 * Anthropic: `input_tokens` leaves out what the cache served and stored, which are counted beside it. In a stream
 * `message_start` carries the input, `message_delta` the output so far: hence a partial reading.
 */
export function readMessagesUsage(holder: JsonObject | undefined): Partial<TokenUsage> | undefined {
  const usage = objectAt(holder, 'usage');
  if (!usage) return undefined;
  const input = countAt(usage, 'input_tokens');
  const output = countAt(usage, 'output_tokens');
  const cachedInput = countAt(usage, 'cache_read_input_tokens') ?? 0;
  const storedInput = countAt(usage, 'cache_creation_input_tokens') ?? 0;
  return {
    ...(input !== undefined && { input: input + cachedInput + storedInput, cachedInput }),
    ...(output !== undefined && { output }),
  };
}
