import { finishReason, roles, usage } from './openai-chat.ts';
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
  sealed,
  type Shape,
  text,
  thought,
  time,
  tree,
  word,
} from './shape.ts';

const status = word('in_progress', 'completed', 'incomplete', 'failed', 'searching', 'calling', 'queued');
const detail = word('auto', 'low', 'high', 'original');

const said = [{ text, annotations: tree, logprobs: logProbabilities }] as const;
const thoughtPart = [{ text: thought }] as const;

/** A part of an item's content (OpenAI API reference, responses). */
export const part = kinds({
  input_text: said,
  output_text: said,
  text: said,
  summary_text: thoughtPart,
  reasoning_text: thoughtPart,
  refusal: [{ refusal: text }],
  input_image: [{ image_url: data('picture'), detail }, { unread: 'picture' }],
  computer_screenshot: [{ image_url: data('picture') }, { unread: 'picture' }],
  input_audio: [{ input_audio: object({ data: data('sound'), format: word('wav', 'mp3') }) }],
  output_audio: [{ data: data('sound'), transcript: text }, { unread: 'sound' }],
  input_file: [{ filename: alone, file_data: data('file'), file_url: data('file') }],
});
const parts = either({ list: list(part) });

const message = object(
  { id, role: roles, status, phase: word('commentary', 'final_answer'), content: parts },
  { apart: true, laneBy: 'role' },
);
const call = { id, call_id: id, status, name: alone } as const;
const output = { id, call_id: id, status, output: parts } as const;
const ofTool = { apart: true, lane: 'tool' } as const;
/** Items of which everything is text or plain values. */
const plain = [{ id, call_id: id, status }] as const;

/** An item of the input or the output. */
export const item = kinds(
  {
    message,
    function_call: [{ ...call, arguments: json }],
    mcp_call: [{ ...call, arguments: json, output: text, error: tree }, ofTool],
    custom_tool_call: [{ ...call, input: text }, ofTool],
    function_call_output: [output, ofTool],
    custom_tool_call_output: [output, ofTool],
    reasoning: [{ id, status, summary: parts, content: parts, encrypted_content: sealed }, { apart: true }],
    compaction: [{ id, encrypted_content: sealed }],
    image_generation_call: [{ id, status, result: data('picture') }, { unread: 'picture' }],
    computer_call_output: [
      {
        id,
        call_id: id,
        status,
        output: object({ type: word('computer_screenshot'), image_url: data('picture') }),
      },
      { unread: 'picture' },
    ],
    web_search_call: plain,
    file_search_call: plain,
    code_interpreter_call: plain,
    local_shell_call: plain,
    local_shell_call_output: plain,
    shell_call: plain,
    shell_call_output: plain,
    apply_patch_call: plain,
    apply_patch_call_output: plain,
    mcp_list_tools: plain,
    mcp_approval_request: plain,
    mcp_approval_response: plain,
    computer_call: plain,
  },
  either({ object: object({ ...Object.fromEntries(message.members), type: word('message') }, message) }),
);

const items = either({ list: list(item) });

export const responsesRequest: Shape = object({
  model: alone,
  stream: tree,
  instructions: text,
  input: items,
});

/** Also the response that an event of a stream carries. */
export const response: Shape = object({
  id,
  object: word('response'),
  created_at: time,
  completed_at: time,
  status,
  model: alone,
  output: items,
  output_text: text,
  usage,
  service_tier: alone,
  truncation: word('auto', 'disabled'),
  max_output_tokens: count,
  incomplete_details: object({ reason: finishReason }),
});
