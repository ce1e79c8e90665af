import {
  alone,
  count,
  data,
  either,
  id,
  json,
  kinds,
  list,
  logProbabilities,
  object,
  type Shape,
  text,
  thought,
  time,
  tokens,
  tree,
  word,
} from './shape.ts';

export const roles = word('system', 'developer', 'user', 'assistant', 'tool', 'function');
const detail = word('auto', 'low', 'high', 'original');

/** A part of a message's content (OpenAI API reference, chat completions). */
const part = kinds({
  text: [{ text }],
  refusal: [{ refusal: text }],
  image_url: [
    { image_url: either({ text: data('picture'), object: object({ url: data('picture'), detail }) }) },
    { unread: 'picture' },
  ],
  input_audio: [
    { input_audio: object({ data: data('sound'), format: word('wav', 'mp3') }) },
    { unread: 'sound' },
  ],
  file: [{ file: object({ filename: alone, file_data: data('file') }) }],
  // As Mistral's service writes them.
  thinking: [{ thinking: either({ text: thought, list: list(kinds({ text: [{ text: thought }] })) }) }],
});
const content = either({ list: list(part) });

const called = object({ name: alone, arguments: json });
export const toolCall = object({
  index: count,
  id,
  type: word('function', 'custom'),
  function: called,
  custom: object({ name: alone, input: alone }),
});

/** A message of a request or an answer. */
const message = object(
  {
    role: roles,
    content,
    refusal: text,
    reasoning: thought,
    reasoning_content: thought,
    name: alone,
    tool_calls: list(toolCall),
    function_call: called,
    tool_call_id: id,
    audio: object({ id, expires_at: time, transcript: text, data: data('sound') }),
    annotations: tree,
  },
  { apart: true, laneBy: 'role' },
);

export const chatRequest: Shape = object({
  model: alone,
  stream: tree,
  messages: list(message),
  prediction: object({ type: word('content'), content }, { apart: true }),
});

const details = object({
  cached_tokens: count,
  cache_write_tokens: count,
  audio_tokens: count,
  reasoning_tokens: count,
  text_tokens: count,
  image_tokens: count,
  accepted_prediction_tokens: count,
  rejected_prediction_tokens: count,
});
export const usage = object({
  prompt_tokens: count,
  completion_tokens: count,
  input_tokens: count,
  output_tokens: count,
  total_tokens: count,
  prompt_tokens_details: details,
  completion_tokens_details: details,
  input_tokens_details: details,
  output_tokens_details: details,
});

export const finishReason = word('stop', 'length', 'tool_calls', 'content_filter', 'function_call');

export const chatAnswer: Shape = object({
  id,
  object: word('chat.completion', 'text_completion'),
  created: time,
  model: alone,
  choices: list(
    object(
      { index: count, finish_reason: finishReason, message, text, logprobs: logProbabilities },
      { apart: true },
    ),
  ),
  usage,
  service_tier: alone,
  system_fingerprint: alone,
});

/** A string, several, or numbers of tokens, which only the model's tokenizer could read. */
export const prompts = either({ list: tokens });

export const completionRequest: Shape = object({
  model: alone,
  stream: tree,
  prompt: prompts,
  suffix: alone,
});

/** An input of moderations: strings or parts. */
export const moderated = either({ list: list(either({ object: part })) });
