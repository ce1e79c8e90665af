import type { JsonObject, JsonValue } from '../../../kernel/index.ts';
import { arrayAt, isArray, isObject, objectAt } from './reading.ts';

/*
 * Behind one shared credential everything a service stores belongs to every caller. What a request may carry is therefore a list of shapes that hold their own
 * content; anything else, an id above all, may stand for what somebody else stored.
 */

type Check = (item: JsonObject) => boolean;

const isText = (value: JsonValue | undefined): boolean => typeof value === 'string';
const isContent = (value: JsonValue | undefined): boolean => isText(value) || isArray(value);
const texts =
  (...names: readonly string[]): Check =>
  (item) =>
    names.every((name) => isText(item[name]));
const output: Check = (item) =>
  isText(item['call_id']) && (isContent(item['output']) || isObject(item['output']));
const callOf =
  (member: string): Check =>
  (item) =>
    isText(item['call_id']) && isObject(item[member]);

/** Items of the responses API that hold what they say. Its reference lists more; those point at what the service keeps. */
const itemShapes: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['message', (item) => isText(item['role']) && isContent(item['content'])],
  ['function_call', texts('call_id', 'name', 'arguments')],
  ['function_call_output', output],
  ['custom_tool_call', texts('call_id', 'name', 'input')],
  ['custom_tool_call_output', output],
  // Without its encrypted content a reasoning item is an id.
  [
    'reasoning',
    (item) => isText(item['encrypted_content']) || (isArray(item['content']) && item['id'] === undefined),
  ],
  ['compaction', texts('encrypted_content')],
  ['web_search_call', (item) => isObject(item['action'])],
  ['image_generation_call', texts('result')],
  ['computer_call', callOf('action')],
  ['computer_call_output', output],
  ['local_shell_call', callOf('action')],
  ['local_shell_call_output', (item) => isText(item['output'])],
  ['shell_call', callOf('action')],
  ['shell_call_output', output],
  ['apply_patch_call', callOf('operation')],
  ['apply_patch_call_output', (item) => isText(item['call_id'])],
]);

/** Tools that the caller runs itself, or that keep nothing. A date or version may follow the name (`web_search_20250305`). */
const statelessTools =
  /^(function|custom|namespace|tool_search|web_search|web_search_preview|web_fetch|image_generation|computer|computer_use|computer_use_preview|local_shell|apply_patch|bash|text_editor|memory|tool_search_tool_regex|tool_search_tool_bm25|grammar)(_\d[\d_]*)?$/;

/** The first part of a request that stands for stored state, as a sentence without its full stop. */
export function findStoredState(document: JsonObject, holdsItems: boolean): string | undefined {
  return (
    (holdsItems ? problemOfItems(document['input']) : undefined) ??
    problemOfTools(document['tools']) ??
    problemOfMessages(arrayAt(document, 'messages'))
  );
}

function problemOfItems(input: JsonValue | undefined): string | undefined {
  if (!isArray(input)) return undefined;
  const at = input.findIndex((item) => !isObject(item) || !holdsItsContent(item));
  if (at < 0) return undefined;
  const type = typeOf(input[at]);
  const hint =
    type === 'item_reference' || type === 'reasoning'
      ? '; set "store": false and "include": ["reasoning.encrypted_content"] in your client, which then sends items whole'
      : '';
  return `input[${at}] does not hold its own content, or is of a kind that points at stored state, which is shared by all callers and not served here${hint}`;
}

function holdsItsContent(item: JsonObject): boolean {
  const type = item['type'] === undefined ? 'message' : item['type'];
  return typeof type === 'string' && itemShapes.get(type)?.(item) === true;
}

function problemOfTools(tools: JsonValue | undefined): string | undefined {
  if (!isArray(tools)) return undefined;
  const at = tools.findIndex((tool) => !isObject(tool) || !keepsNothing(tool));
  if (at < 0) return undefined;
  return `tools[${at}] is of a kind that keeps or reaches state at the service, which is shared by all callers, or that is not known here`;
}

function keepsNothing(tool: JsonObject): boolean {
  const { type } = tool;
  // Anthropic's and older OpenAI tools of the caller's own have no type.
  if (type === undefined || type === null) return isObject(tool['input_schema']) || isText(tool['name']);
  if (type === 'shell') return typeOf(objectAt(tool, 'environment')) === 'local';
  return typeof type === 'string' && statelessTools.test(type);
}

/** Spoken answers are kept by the service under an id. */
function problemOfMessages(messages: readonly JsonValue[]): string | undefined {
  const at = messages.findIndex((message) => isObject(message) && isObject(message['audio']));
  if (at < 0) return undefined;
  return `messages[${at}].audio points at a stored answer, which is shared by all callers and not served here`;
}

function typeOf(value: JsonValue | undefined): string | undefined {
  const type = isObject(value) ? value['type'] : undefined;
  return typeof type === 'string' ? type : undefined;
}
