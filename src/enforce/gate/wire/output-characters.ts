import type { JsonValue } from '../../../kernel/index.ts';
import { isArray, isObject } from './reading.ts';

/** Members of a delta that name or mark something and are no output of the model. */
const notOutput: ReadonlySet<string> = new Set([
  'id',
  'type',
  'role',
  'object',
  'index',
  'name',
  'signature',
  'call_id',
]);

/**
 * Characters of output in a piece of a streamed answer: all its strings, however deep and whatever they are called, but for those that name something. A
 * service may stream text in members nobody has heard of, and what is not counted is not paid for.
 */
export function outputCharacters(value: JsonValue | undefined): number {
  if (typeof value === 'string') return value.length;
  let characters = 0;
  if (isArray(value)) for (const item of value) characters += outputCharacters(item);
  else if (isObject(value))
    for (const name in value) if (!notOutput.has(name)) characters += outputCharacters(value[name]);
  return characters;
}
