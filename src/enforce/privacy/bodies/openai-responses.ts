import type { JsonObject, JsonPath, JsonValue } from '../../../kernel/index.ts';
import { eachObject, isArray, isObject, type ReadTexts, type Texts } from './texts.ts';

/** Items of which everything is text or plain values (OpenAI API reference, responses, input and output items). */
const plainItems = new Set([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'local_shell_call',
  'local_shell_call_output',
  'shell_call',
  'shell_call_output',
  'apply_patch_call',
  'apply_patch_call_output',
  'mcp_list_tools',
  'mcp_approval_request',
  'mcp_approval_response',
  'computer_call',
]);

function readItem(item: JsonObject, path: JsonPath, texts: Texts): void {
  const type = item['type'] ?? (item['role'] === undefined ? undefined : 'message');
  texts.startGroup();
  switch (type) {
    case 'message':
      return readParts(item['content'], [...path, 'content'], texts);
    case 'function_call':
    case 'mcp_call':
      texts.text([...path, 'name'], item['name']);
      texts.startGroup();
      texts.json([...path, 'arguments'], item['arguments']);
      texts.startGroup();
      texts.text([...path, 'output'], item['output']);
      return texts.tree([...path, 'error'], item['error']);
    case 'custom_tool_call':
      texts.text([...path, 'name'], item['name']);
      texts.startGroup();
      return texts.text([...path, 'input'], item['input']);
    case 'function_call_output':
    case 'custom_tool_call_output':
      return readParts(item['output'], [...path, 'output'], texts);
    case 'reasoning':
      readParts(item['summary'], [...path, 'summary'], texts);
      texts.startGroup();
      // `encrypted_content` is sealed by the service for itself; it says nothing that was not said to it or by it.
      return readParts(item['content'], [...path, 'content'], texts);
    case 'image_generation_call':
    case 'computer_call_output':
      return texts.cannotRead(path, 'picture');
    default:
      if (typeof type === 'string' && plainItems.has(type)) texts.tree(path, item);
      else texts.cannotRead(path, 'unknown');
  }
}

function readParts(content: JsonValue | undefined, path: JsonPath, texts: Texts): void {
  if (!isArray(content)) return texts.text(path, content);
  eachObject({ path, value: content, texts }, (part, at) => readPart(part, at, texts));
}

function readPart(part: JsonObject, path: JsonPath, texts: Texts): void {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'summary_text':
    case 'reasoning_text':
    case 'text':
      texts.text([...path, 'text'], part['text']);
      if (isArray(part['logprobs']) && part['logprobs'].length > 0)
        texts.cannotRead([...path, 'logprobs'], 'log-probabilities');
      if (isArray(part['annotations']) && part['annotations'].length > 0)
        texts.tree([...path, 'annotations'], part['annotations']);
      return;
    case 'refusal':
      return texts.text([...path, 'refusal'], part['refusal']);
    case 'input_image':
    case 'computer_screenshot':
      return texts.cannotRead(path, 'picture');
    case 'input_audio':
    case 'output_audio':
      return texts.cannotRead(path, 'sound');
    case 'input_file':
      return texts.cannotRead(path, 'file');
    default:
      return texts.cannotRead(path, 'unknown');
  }
}

export const responsesRequest: ReadTexts = (document, texts) => {
  texts.others([], document, new Set(['model', 'stream', 'input', 'instructions']));
  texts.startGroup();
  texts.text(['instructions'], document['instructions']);
  texts.startGroup();
  const { input } = document;
  if (!isArray(input)) return texts.text(['input'], input);
  eachObject({ path: ['input'], value: input, texts }, (item, at) => readItem(item, at, texts));
};

/** Also the whole response that an event of a stream carries. */
function readResponse(document: JsonObject, path: JsonPath, texts: Texts): void {
  eachObject({ path: [...path, 'output'], value: document['output'], texts }, (item, at) =>
    readItem(item, at, texts),
  );
  texts.startGroup();
  texts.text([...path, 'output_text'], document['output_text']);
  // What the request said is said back.
  for (const name of ['instructions', 'tools', 'metadata', 'user', 'text', 'error'] as const)
    texts.tree([...path, name], document[name]);
}

export const responsesAnswer: ReadTexts = (document, texts) => readResponse(document, [], texts);

/** An event of a stream: of those that carry an item, a part or the whole response, what they carry; of all others everything. */
export function readResponseEvent(document: JsonObject, texts: Texts): void {
  const { response, item, part } = document;
  if (isObject(response)) readResponse(response, ['response'], texts);
  else if (isObject(item)) readItem(item, ['item'], texts);
  else if (isObject(part)) readPart(part, ['part'], texts);
  else texts.tree([], document);
}
