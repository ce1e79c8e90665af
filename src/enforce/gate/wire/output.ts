import type { JsonObject, JsonValue } from '../../../kernel/index.ts';
import { countAt, isArray } from './reading.ts';

/** How much output an operation can cause, and where a request says so. */
export type OutputRule =
  /** None, or none that is billed. */
  | { readonly kind: 'none' }
  /** Text. `sent`: the member by which the gateway names a maximum for each answer where the caller named none. */
  | { readonly kind: 'text'; readonly sent: string }
  /** Sound and pictures: the request has no maximum, so each answer counts as an attachment does. */
  | { readonly kind: 'media' };

/** What a request says of its output. */
export interface OutputAsked {
  /** Answers the service is asked for. */
  readonly answers: number;
  /** The largest maximum the caller named for one answer; undefined where it named none, or 0, which some services take for "without end". */
  readonly maximum: number | undefined;
  /** The member in which the caller named 0. */
  readonly zeroAt: string | undefined;
}

/** Every name by which services take a maximum; where several are there, which one counts is the service's choice. */
export const maximumNames = [
  'max_completion_tokens',
  'max_tokens',
  'max_output_tokens',
  'max_new_tokens',
  'max_length',
] as const;

export function readOutputAsked(document: JsonObject): OutputAsked {
  let maximum: number | undefined;
  let zeroAt: string | undefined;
  for (const name of maximumNames) {
    const named = countAt(document, name);
    if (named === 0) zeroAt = name;
    else if (named !== undefined && named > (maximum ?? 0)) maximum = named;
  }
  const each = Math.max(1, countAt(document, 'n') ?? 1, countAt(document, 'best_of') ?? 1);
  return {
    answers: each * promptsIn(document['prompt']),
    maximum: zeroAt === undefined ? maximum : undefined,
    zeroAt,
  };
}

/** A list of prompts is answered one by one; a list of token ids is one prompt. */
function promptsIn(prompt: JsonValue | undefined): number {
  if (!isArray(prompt)) return 1;
  return Math.max(1, prompt.filter((item) => typeof item !== 'number').length);
}
