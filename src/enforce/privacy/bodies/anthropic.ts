import {
  alone,
  count,
  data,
  either,
  id,
  kinds,
  list,
  object,
  sealed,
  type Shape,
  text,
  thought,
  tree,
  word,
} from './shape.ts';

const cache_control = object({ type: word('ephemeral'), ttl: word('5m', '1h') });
const mediaType = word('text/plain', 'application/pdf', 'image/jpeg', 'image/png', 'image/gif', 'image/webp');
const inlineSources = (what: 'picture' | 'file') =>
  ({
    base64: [{ media_type: mediaType, data: data(what) }],
    url: [{ url: data(what) }],
    text: [{ media_type: mediaType, data: text }],
  }) as const;
const image = [{ source: kinds(inlineSources('picture')), cache_control }, { unread: 'picture' }] as const;
const plainBlock = kinds({ text: [{ text, cache_control }], image });
const fileSource = kinds({
  ...inlineSources('file'),
  content: [{ content: either({ list: list(plainBlock) }) }],
});

const ofTool = { apart: true, lane: 'tool' } as const;
const call = [{ id, name: alone, input: tree, cache_control }] as const;
const plainResult = [{ tool_use_id: id, content: tree, cache_control }] as const;

/** A block of a tool's result. */
const inner = kinds({
  text: [{ text, citations: tree, cache_control }],
  image,
  document: [{ source: fileSource, title: alone, context: alone, cache_control }, ofTool],
  search_result: [
    { source: alone, title: alone, content: either({ list: list(plainBlock) }), cache_control },
    ofTool,
  ],
});
const result = [{ tool_use_id: id, content: either({ list: list(inner) }), cache_control }, ofTool] as const;

/** A content block of a request or an answer (Anthropic API reference, messages). */
export const block = kinds({
  text: [{ text, citations: tree, cache_control }],
  image,
  thinking: [{ thinking: thought, signature: sealed }, { apart: true }],
  redacted_thinking: [{ data: sealed }],
  compaction: [{ content: thought, encrypted_content: sealed, cache_control }, { apart: true }],
  tool_use: call,
  server_tool_use: call,
  mcp_tool_use: call,
  tool_result: result,
  mcp_tool_result: result,
  search_result: [
    { source: alone, title: alone, content: either({ list: list(plainBlock) }), cache_control },
    ofTool,
  ],
  document: [{ title: alone, context: alone, source: fileSource, cache_control }, ofTool],
  web_search_tool_result: plainResult,
  web_fetch_tool_result: plainResult,
  code_execution_tool_result: plainResult,
  bash_code_execution_tool_result: plainResult,
  text_editor_code_execution_tool_result: plainResult,
  tool_search_tool_result: plainResult,
  container_upload: [{ cache_control }, { unread: 'file' }],
});
const content = either({ list: list(block) });

export const messagesRequest: Shape = object({
  model: alone,
  stream: tree,
  system: content,
  messages: list(
    object({ role: word('user', 'assistant', 'system'), content }, { apart: true, laneBy: 'role' }),
  ),
  max_tokens: count,
});

export const stopReason = word(
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
  'compaction',
);
const cacheCreation = object({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count });
export const usage = object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  cache_creation: cacheCreation,
  service_tier: word('standard', 'priority', 'batch'),
});

/** Also the message that begins a stream. */
export const messagesAnswer: Shape = object({
  id,
  type: word('message', 'error'),
  role: word('assistant'),
  model: alone,
  content,
  stop_reason: stopReason,
  stop_sequence: alone,
  usage,
});
