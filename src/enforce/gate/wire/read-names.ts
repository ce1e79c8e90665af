/**
 * Members of requests that the gateway or a policy decision depends on. Go's encoding/json, and other parsers, match names without regard to case and with
 * Unicode's simple folding: `Model`, or `max_toKens` with the Kelvin sign. A request that has such a spelling would be read one way here and another way
 * there, so it is refused.
 */
const readNames: ReadonlySet<string> = new Set(
  [
    // What is asked for, of which model, and how much of it.
    'model messages input prompt instructions system stream stream_options include_usage',
    'n best_of max_tokens max_completion_tokens max_output_tokens max_new_tokens max_length',
    'dimensions tools functions tool_choice response_format modalities audio voice user',
    'metadata logit_bias prompt_cache_key mcp_servers service_tier thinking',
    // State at the service.
    'store background conversation previous_response_id container container_id file_id file_ids',
    'vector_store_id vector_store_ids thread_id assistant_id response_id conversation_id skill_id',
    'skills connector_id server_url cached_content',
    // Inside messages, items, parts and tools.
    'id type role name content text refusal reasoning_content thinking signature',
    'function arguments tool_calls tool_call_id call_id function_call output summary',
    'encrypted_content parameters input_schema schema json_schema description custom action',
    'image_url url file file_data file_url filename source data media_type input_audio',
    'environment result title context citations cache_control detail format',
  ].flatMap((line) => line.split(' ')),
);

export function isReadName(name: string): boolean {
  return readNames.has(name);
}

/** Names in small letters, digits and low lines fold to themselves; nearly all names are such. */
const foldsToItself = /^[a-z0-9_.-]*$/;

/** The name a folding parser would take this one for; undefined where it is none of those read. */
export function looksLikeReadName(name: string): string | undefined {
  if (name.length > 64 || foldsToItself.test(name)) return undefined;
  const folded = foldName(name);
  return readNames.has(folded) ? folded : undefined;
}

/** Simple case folding, in both directions: the long s (U+017F) has a capital S, the Kelvin sign (U+212A) a small k. */
function foldName(name: string): string {
  return name.toUpperCase().toLowerCase();
}
