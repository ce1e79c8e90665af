import type { JsonObject, JsonValue } from '../../../kernel/index.ts';
import { estimateTokens } from './tokens.ts';
import type { FieldKind, FieldRules } from './wire.ts';

/** What a walk over a request's document found. */
export interface Survey {
  /** Estimated input tokens. */
  readonly promptTokens: number;
  /** The member that names a thing another caller may have made, if there is one. */
  readonly stateful: string | undefined;
}

/** A picture, sound or file given inline counts as this many tokens, whatever its bytes. */
const tokensPerAttachment = 1000;
/** Inline data is long and has no spaces; below this a text is read as text. */
const shortestAttachment = 2048;

/**
 * Names of members whose text value points at state kept by the service under the shared credential: files, vector
 * stores, containers, earlier items. With them one caller could read what another uploaded.
 */
const statefulNames = new Set([
  'file_id',
  'file_ids',
  'vector_store_ids',
  'container',
  'container_id',
  'previous_response_id',
]);
/** JSON Schemas of tools may describe such members; describing is not pointing. */
const schemaNames = new Set(['parameters', 'input_schema', 'schema', 'json_schema']);

export function surveyDocument(document: JsonObject): Survey {
  const walk: Walk = { characters: 0, attachments: 0, stateful: undefined };
  survey(document, walk, false);
  return {
    promptTokens: estimateTokens(walk.characters) + walk.attachments * tokensPerAttachment,
    stateful: walk.stateful,
  };
}

interface Walk {
  characters: number;
  attachments: number;
  stateful: string | undefined;
}

/** Recursion is bounded: the parser before has bounded the depth. */
function survey(value: JsonValue | undefined, walk: Walk, inSchema: boolean): void {
  if (typeof value === 'string') {
    if (value.length >= shortestAttachment && isInlineData(value)) walk.attachments++;
    else walk.characters += value.length;
  } else if (Array.isArray(value)) {
    for (const item of value) survey(item as JsonValue, walk, inSchema);
  } else if (typeof value === 'object' && value !== null) {
    surveyObject(value as JsonObject, walk, inSchema);
  }
}

function surveyObject(object: JsonObject, walk: Walk, inSchema: boolean): void {
  for (const name in object) {
    const value = object[name];
    if (!inSchema) {
      if (statefulNames.has(name) && pointsSomewhere(value)) walk.stateful ??= name;
      if (name === 'type' && value === 'item_reference') walk.stateful ??= 'item_reference';
    }
    if (typeof value === 'string' || (typeof value === 'object' && value !== null)) {
      survey(value, walk, inSchema || schemaNames.has(name));
    }
  }
}

function pointsSomewhere(value: JsonValue | undefined): boolean {
  return (
    typeof value === 'string' || (Array.isArray(value) && value.some((item) => typeof item === 'string'))
  );
}

function isInlineData(text: string): boolean {
  return text.startsWith('data:') || /^[A-Za-z0-9+/_-]{512}/.test(text);
}

/** The first member that is missing or of the wrong type, as a sentence; undefined where all fit. */
export function checkFields(document: JsonObject, rules: FieldRules): string | undefined {
  for (const name in rules) {
    const rule = rules[name] as FieldKind | readonly [FieldKind, 'required'];
    const kind = typeof rule === 'string' ? rule : rule[0];
    const value = document[name];
    if (value === undefined || value === null) {
      if (typeof rule !== 'string') return `"${name}" is missing; it must be ${described[kind]}`;
    } else if (!fits(value, kind)) return `"${name}" must be ${described[kind]}`;
  }
  return undefined;
}

const described: Record<FieldKind, string> = {
  string: 'a string',
  boolean: 'true or false',
  count: 'a whole number from 0',
  array: 'an array',
  object: 'an object',
  'text or array': 'a string or an array',
};

function fits(value: JsonValue, kind: FieldKind): boolean {
  switch (kind) {
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'count':
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && !Array.isArray(value);
    case 'text or array':
      return typeof value === 'string' || Array.isArray(value);
    default:
      return kind satisfies never;
  }
}
