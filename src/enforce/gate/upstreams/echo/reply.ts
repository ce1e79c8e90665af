import type { JsonObject, JsonValue } from '../../../../kernel/index.ts';
import { arrayAt, isObject, objectAt, textAt } from '../../wire/reading.ts';

/** What the echo answers with: text, or a call of the tool the request insists on. */
export type EchoReply =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool'; readonly name: string; readonly arguments: string };

const label = 'echo: ';

/** The texts of a content that is a string or a list of parts. */
export function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: JsonValue) => (isObject(part) ? (textAt(part, 'text') ?? textOf(part['content'])) : ''))
    .filter((text) => text !== '')
    .join(' ');
}

/** The last thing the caller said. */
export function lastText(messages: readonly JsonValue[]): string {
  const last = messages.findLast(isObject);
  return last ? textOf(last['content'] ?? last['output']) : '';
}

/** Calls a tool only when the request leaves no choice: a named tool, or any with `required` or `any`. */
export function reply(request: JsonObject, text: string): EchoReply {
  const name = forcedTool(request);
  if (name !== undefined) return { kind: 'tool', name, arguments: JSON.stringify({ echo: text }) };
  return { kind: 'text', text: `${label}${text}` };
}

function forcedTool(request: JsonObject): string | undefined {
  const choice = request['tool_choice'];
  if (isObject(choice)) {
    const named = textAt(choice, 'name') ?? textAt(objectAt(choice, 'function'), 'name');
    if (named !== undefined) return named;
  }
  const any = choice === 'required' || (isObject(choice) && textAt(choice, 'type') === 'any');
  const first = arrayAt(request, 'tools').find(isObject);
  return any && first ? (textAt(first, 'name') ?? textAt(objectAt(first, 'function'), 'name')) : undefined;
}

/** A word at a time, spaces kept, so that joined again it is the text. */
export function wordsOf(text: string): string[] {
  return text.match(/\S*\s*/g)?.filter((word) => word !== '') ?? [];
}

/** The echo's own count: four characters a token. */
export function tokensOf(value: JsonValue | undefined): number {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? '');
  return Math.max(1, Math.ceil(text.length / 4));
}
