/**
 * A request, an answer and a stream of every operation of every wire, with each member the API's reference names that can hold a text. Tests that
 * put something at every place of a body walk over these; an operation without a sample fails them.
 */
export interface BodySample {
  /** Undefined: the operation takes a form. */
  readonly request: object | undefined;
  readonly form?: Readonly<Record<string, string>>;
  /** Undefined: the answer is no JSON. */
  readonly answer: object | undefined;
  readonly stream?: readonly object[];
}

const tool = {
  type: 'function',
  function: {
    name: 'f',
    description: 'd',
    strict: true,
    parameters: { type: 'object', properties: { p: { type: 'string', description: 'pd', enum: ['e'] } } },
  },
};
const completionUsage = {
  prompt_tokens: 1,
  completion_tokens: 2,
  total_tokens: 3,
  completion_tokens_details: { reasoning_tokens: 0 },
};

const chatRequest = {
  model: 'm',
  stream: true,
  messages: [
    { role: 'system', content: 'be brief', name: 'n' },
    { role: 'developer', content: [{ type: 'text', text: 't' }] },
    {
      role: 'user',
      name: 'bob',
      content: [
        { type: 'text', text: 'a' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' } },
        { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
        { type: 'file', file: { filename: 'f.pdf', file_data: 'JVBERi0x' } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      refusal: 'r',
      reasoning_content: 'rc',
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":"b"}' } },
        { id: 'call_2', type: 'custom', custom: { name: 'c', input: 'i' } },
      ],
    },
    {
      role: 'assistant',
      content: 'x',
      function_call: { name: 'f', arguments: '{"q":1}' },
      audio: { id: 'audio_1' },
      annotations: [{ type: 'url_citation', url_citation: { url: 'u', title: 't', start_index: 0 } }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'res' },
  ],
  tools: [tool],
  tool_choice: { type: 'function', function: { name: 'f' } },
  stop: ['s1'],
  user: 'u',
  metadata: { k: 'v' },
  logit_bias: { 50256: -100 },
  response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { const: 'c' } } },
  prediction: { type: 'content', content: [{ type: 'text', text: 'p' }] },
  web_search_options: { user_location: { type: 'approximate', approximate: { city: 'c' } } },
  temperature: 0.5,
  max_tokens: 5,
  data_sources: [{ type: 'azure_search', parameters: { endpoint: 'e' } }],
};

const chatAnswer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'm',
  choices: [
    {
      index: 0,
      finish_reason: 'stop',
      logprobs: null,
      message: {
        role: 'assistant',
        content: 'hello',
        refusal: null,
        reasoning_content: 'r',
        audio: { id: 'audio_1', expires_at: 1_700_000_000, transcript: 't', data: 'UklGRg==' },
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":"b"}' } }],
        annotations: [{ type: 'url_citation', url_citation: { url: 'u', title: 't' } }],
      },
      content_filter_results: { hate: { filtered: false, severity: 'safe' } },
    },
  ],
  usage: completionUsage,
  service_tier: 'default',
  system_fingerprint: 'fp_1',
  prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
  error: { message: 'none', type: 't', code: 'c', param: 'p' },
};

const chunk = (delta: object, finish: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'm',
  service_tier: 'default',
  system_fingerprint: 'fp_1',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  usage: null,
  obfuscation: 'x',
});
const chatStream = [
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'Hello wor' }),
  chunk({
    content: [
      { type: 'text', text: 'ld' },
      { type: 'thinking', thinking: [{ type: 'text', text: 'th' }] },
    ],
  }),
  chunk({ refusal: 'no', reasoning_content: 'rc', reasoning: 'r' }),
  chunk({ function_call: { name: 'f', arguments: '{"a' } }),
  chunk({
    tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } }],
  }),
  chunk({
    tool_calls: [
      { index: 0, function: { arguments: '{"a":"b' } },
      { index: 1, custom: { input: 'i' } },
    ],
  }),
  { choices: [{ index: 1, text: 'old', finish_reason: null }] },
  chunk({}, 'stop'),
  { id: 'chatcmpl-1', choices: [], usage: completionUsage },
];

const responseItems = [
  {
    type: 'message',
    id: 'msg_1',
    status: 'completed',
    role: 'assistant',
    content: [
      {
        type: 'output_text',
        text: 'o',
        annotations: [{ type: 'url_citation', url: 'u', title: 't' }],
        logprobs: [],
      },
      { type: 'refusal', refusal: 'r' },
    ],
  },
  {
    type: 'function_call',
    id: 'fc_1',
    call_id: 'call_1',
    name: 'f',
    arguments: '{"a":"b"}',
    status: 'completed',
  },
  { type: 'custom_tool_call', call_id: 'call_2', name: 'n', input: 'i', id: 'ctc_1' },
  {
    type: 'reasoning',
    id: 'rs_1',
    summary: [{ type: 'summary_text', text: 's' }],
    content: [{ type: 'reasoning_text', text: 'r' }],
    encrypted_content: 'gAAAAABenc',
    status: 'completed',
  },
  { type: 'mcp_call', id: 'mcp_1', name: 'n', server_label: 'sl', arguments: '{}', output: 'o', error: 'e' },
  { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'q' } },
  {
    type: 'local_shell_call',
    id: 'lsh_1',
    call_id: 'call_3',
    action: { command: ['ls'] },
    status: 'completed',
  },
  { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'iVBORw0KGgo=' },
  { type: 'compaction', id: 'cmp_1', encrypted_content: 'gAAAAABenc' },
  { type: 'something_new', text: 'x' },
];
const responsesRequest = {
  model: 'm',
  stream: false,
  instructions: 'ins',
  input: [
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'a' },
        { type: 'input_image', image_url: 'https://x.example/a.png', detail: 'low' },
        { type: 'input_file', filename: 'f', file_data: 'JVBERi0x' },
        { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'mp3' } },
      ],
    },
    { role: 'user', content: 'plain' },
    ...responseItems,
    { type: 'function_call_output', id: 'fco_1', call_id: 'call_1', output: 'out', status: 'completed' },
    { type: 'custom_tool_call_output', call_id: 'call_2', output: [{ type: 'input_text', text: 'o' }] },
    {
      type: 'computer_call_output',
      call_id: 'call_4',
      output: { type: 'computer_screenshot', image_url: 'u' },
    },
  ],
  tools: [
    { type: 'function', name: 'f', description: 'd', parameters: {}, strict: true },
    { type: 'mcp', server_label: 'l', server_url: 'https://x.example', headers: { a: 'b' } },
  ],
  metadata: { k: 'v' },
  text: { format: { type: 'json_schema', name: 'n', schema: {} } },
  reasoning: { effort: 'low' },
  include: ['reasoning.encrypted_content'],
  tool_choice: 'auto',
};
const response = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_700_000_000,
  completed_at: null,
  status: 'completed',
  model: 'm',
  output: responseItems,
  output_text: 'o',
  instructions: 'ins',
  tools: [],
  metadata: { k: 'v' },
  incomplete_details: { reason: 'max_output_tokens' },
  error: { code: 'c', message: 'm' },
  usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3, input_tokens_details: { cached_tokens: 0 } },
};
const at = { item_id: 'msg_1', output_index: 0, content_index: 0, sequence_number: 1 };
const responsesStream = [
  { type: 'response.created', sequence_number: 0, response },
  {
    type: 'response.output_item.added',
    output_index: 0,
    item: { type: 'message', id: 'msg_1', role: 'assistant', content: [] },
  },
  { type: 'response.content_part.added', ...at, part: { type: 'output_text', text: '', annotations: [] } },
  { type: 'response.output_text.delta', ...at, delta: 'Hello wor', logprobs: [], obfuscation: 'x' },
  { type: 'response.output_text.delta', ...at, delta: 'ld' },
  {
    type: 'response.output_text.annotation.added',
    ...at,
    annotation_index: 0,
    annotation: { type: 'a', title: 't' },
  },
  { type: 'response.output_text.done', ...at, text: 'Hello world', logprobs: [] },
  { type: 'response.refusal.delta', ...at, delta: 'no' },
  { type: 'response.refusal.done', ...at, refusal: 'no' },
  { type: 'response.reasoning_summary_text.delta', ...at, summary_index: 0, delta: 's' },
  {
    type: 'response.reasoning_summary_part.done',
    ...at,
    summary_index: 0,
    part: { type: 'summary_text', text: 's' },
  },
  { type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 1, delta: '{"a":"b' },
  { type: 'response.function_call_arguments.done', item_id: 'fc_1', output_index: 1, arguments: '{"a":"b"}' },
  { type: 'response.custom_tool_call_input.delta', output_index: 2, delta: 'i' },
  { type: 'response.custom_tool_call_input.done', output_index: 2, input: 'i' },
  { type: 'response.mcp_call_arguments.delta', output_index: 3, delta: '{' },
  { type: 'response.code_interpreter_call_code.delta', output_index: 4, delta: 'print' },
  { type: 'response.code_interpreter_call_code.done', output_index: 4, code: 'print' },
  { type: 'response.audio.delta', delta: 'UklGRg==' },
  { type: 'response.audio.transcript.delta', delta: 't' },
  {
    type: 'response.image_generation_call.partial_image',
    partial_image_b64: 'iVBORw0KGgo=',
    partial_image_index: 0,
  },
  { type: 'response.web_search_call.searching', output_index: 5, item_id: 'ws_1' },
  { type: 'response.something_new.delta', output_index: 6, delta: 'x' },
  { type: 'response.something_new', note: 'x' },
  { type: 'response.output_item.done', output_index: 0, item: responseItems[0] },
  { type: 'error', code: 'c', message: 'm', param: 'p' },
  { type: 'response.completed', response },
];

const cache_control = { type: 'ephemeral', ttl: '5m' };
const messageBlocks = [
  { type: 'thinking', thinking: 'th', signature: 'EqoBCkgIARABGAIi' },
  { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3p' },
  { type: 'compaction', content: 'c', encrypted_content: 'abc' },
  { type: 'text', text: 'a', citations: [{ type: 'char_location', cited_text: 'c', document_title: 't' }] },
  { type: 'tool_use', id: 'toolu_1', name: 'n', input: { a: 'b' }, caller: { type: 'direct' } },
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'q' } },
  {
    type: 'web_search_tool_result',
    tool_use_id: 'srvtoolu_1',
    content: [{ type: 'web_search_result', url: 'u', title: 't', encrypted_content: 'e' }],
  },
  { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'n', server_name: 's', input: {} },
  {
    type: 'mcp_tool_result',
    tool_use_id: 'mcptoolu_1',
    is_error: false,
    content: [{ type: 'text', text: 'x' }],
  },
  { type: 'container_upload', file_id: 'f' },
  { type: 'something_new', text: 'x' },
];
const messagesRequest = {
  model: 'm',
  max_tokens: 5,
  stream: true,
  system: [{ type: 'text', text: 's', cache_control }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a', cache_control },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
        { type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } },
        {
          type: 'document',
          title: 't',
          context: 'c',
          source: { type: 'text', media_type: 'text/plain', data: 'd' },
          citations: { enabled: true },
          cache_control,
        },
        { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'q' }] } },
        { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0x' } },
        { type: 'search_result', source: 'u', title: 't', content: [{ type: 'text', text: 'x' }] },
      ],
    },
    { role: 'assistant', content: messageBlocks },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          is_error: false,
          content: [{ type: 'text', text: 'x' }],
        },
        { type: 'tool_result', tool_use_id: 'toolu_2', content: 'plain' },
      ],
    },
    { role: 'user', content: 'plain' },
  ],
  tools: [{ name: 'f', description: 'd', input_schema: { properties: { p: { description: 'x' } } } }],
  metadata: { user_id: 'u' },
  stop_sequences: ['s'],
  tool_choice: { type: 'auto' },
  thinking: { type: 'enabled', budget_tokens: 1024 },
  mcp_servers: [{ type: 'url', url: 'https://x.example', name: 'n', authorization_token: 't' }],
  context_management: { edits: [{ type: 'c' }] },
};
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: messageBlocks,
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: {
    input_tokens: 1,
    output_tokens: 1,
    cache_creation: { ephemeral_5m_input_tokens: 0 },
    service_tier: 'standard',
  },
};
const block = (delta: object) => ({ type: 'content_block_delta', index: 0, delta });
const messagesStream = [
  { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'ping' },
  block({ type: 'text_delta', text: 'Hello wor' }),
  block({ type: 'text_delta', text: 'ld' }),
  block({ type: 'citations_delta', citation: { type: 'char_location', cited_text: 'c' } }),
  block({ type: 'input_json_delta', partial_json: '{"a":"b' }),
  block({ type: 'thinking_delta', thinking: 'th' }),
  block({ type: 'signature_delta', signature: 'EqoBCkgIARABGAIi' }),
  block({ type: 'compaction_delta', content: 'c' }),
  block({ type: 'something_new', note: 'x' }),
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: messageBlocks[4] },
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 1 },
  },
  { type: 'error', error: { type: 'overloaded_error', message: 'm' } },
  { type: 'message_stop' },
];

const numbers = {
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [0.1, -0.2] }],
  model: 'm',
  usage: completionUsage,
};
const form = { prompt: 'p', language: 'en', response_format: 'json' };
const pictures = {
  created: 1_700_000_000,
  data: [{ b64_json: 'iVBORw0KGgo=', url: 'https://x.example/a.png', revised_prompt: 'p' }],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  size: '1024x1024',
};

/** By the names of operations. */
export const bodySamples: Readonly<Record<string, BodySample>> = {
  'chat.completions': { request: chatRequest, answer: chatAnswer, stream: chatStream },
  completions: {
    request: { model: 'm', prompt: ['a', 'b', 1, [2]], suffix: 's', user: 'u', stop: 'x', echo: true },
    answer: {
      id: 'cmpl-1',
      object: 'text_completion',
      created: 1_700_000_000,
      model: 'm',
      choices: [{ index: 0, text: 't', finish_reason: 'stop', logprobs: null }],
      usage: completionUsage,
    },
    stream: chatStream,
  },
  responses: { request: responsesRequest, answer: response, stream: responsesStream },
  embeddings: { request: { model: 'm', input: ['a', 1], user: 'u', stream: false }, answer: numbers },
  moderations: {
    request: { model: 'm', input: [{ type: 'text', text: 'a' }, 'b'], stream: false },
    answer: { id: 'modr-1', model: 'm', results: [{ flagged: false, categories: { hate: false } }] },
  },
  'audio.speech': {
    request: { model: 'm', input: 'a', voice: 'v', instructions: 'i', stream_format: 'sse' },
    answer: undefined,
  },
  'audio.transcriptions': {
    request: undefined,
    form,
    answer: {
      text: 't',
      segments: [{ id: 0, text: 's', tokens: [1] }],
      usage: { input_tokens: 1, output_tokens: 1 },
    },
  },
  'audio.translations': { request: undefined, form, answer: { text: 't' } },
  'images.generations': { request: { model: 'm', prompt: 'a', user: 'u', n: 1 }, answer: pictures },
  'images.edits': { request: undefined, form, answer: pictures },
  messages: { request: messagesRequest, answer: message, stream: messagesStream },
  'messages.count_tokens': {
    request: { ...messagesRequest, max_tokens: undefined },
    answer: { input_tokens: 3 },
  },
  http: { request: { a: 'b', c: [{ d: 'e' }], n: 1 }, answer: { text: 't', more: [{ a: null }] } },
};
