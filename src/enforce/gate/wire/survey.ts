import type { JsonObject, JsonValue } from '../../../kernel/index.ts';
import { isReadName, looksLikeReadName } from './read-names.ts';
import { estimateTokens } from './tokens.ts';
import type { FieldKind, FieldRules } from './wire.ts';

/** What a walk over a request's document found. */
export interface Survey {
  /** Input tokens as they usually come to, without attachments. */
  readonly likelyTokens: number;
  /** Pictures, sounds and files, given inline or by URL. */
  readonly attachments: readonly Attachment[];
  /** Why the document cannot be served, as a sentence without its full stop; undefined where it can. */
  readonly problem: string | undefined;
}

/** Something whose tokens only the service can count. */
export interface Attachment {
  readonly kind: 'picture' | 'other';
  /** Characters of its place in the document: base64, or a URL. */
  readonly length: number;
}

/** Members that name a thing kept by the service under the shared credential. With them one caller could reach what another stored. */
const storedStateNames: ReadonlySet<string> = new Set([
  'file_id',
  'file_ids',
  'vector_store_id',
  'vector_store_ids',
  'container',
  'container_id',
  'previous_response_id',
  'conversation_id',
  'thread_id',
  'assistant_id',
  'response_id',
  'skill_id',
  'connector_id',
  'cached_content',
  'cachedContent',
]);

/** Members whose values describe data of the caller's own making: names below them are not the protocol's. */
const schemaNames: ReadonlySet<string> = new Set(['parameters', 'input_schema', 'schema', 'json_schema']);
const toolPlaces: ReadonlySet<string> = new Set([
  'tools',
  'functions',
  'response_format',
  'text',
  'output_config',
]);
const freePlaces: ReadonlySet<string> = new Set(['metadata', 'logit_bias']);

/** Members under which an attachment stands, where its text is inline data or a URL. */
const attachmentNames: ReadonlySet<string> = new Set([
  'url',
  'image_url',
  'file_url',
  'data',
  'file_data',
  'b64_json',
]);
/** Inline data is long; below this a text counts as text. */
const shortestInlineData = 1024;

type Context = 'top' | 'protocol' | 'tool' | 'free';

interface Walk {
  characters: number;
  numbers: number;
  readonly attachments: Attachment[];
  problem: string | undefined;
}

/**
 * Reads what matters of a document in one walk: its size in tokens, members that point at stored state, and members that another parser would take for one
 * the gateway reads. Depth and number of values were bounded by the parser before.
 */
export function surveyDocument(document: JsonObject): Survey {
  const walk: Walk = { characters: 0, numbers: 0, attachments: [], problem: undefined };
  surveyObject(document, walk, 'top');
  return {
    likelyTokens: estimateTokens(walk.characters) + walk.numbers,
    attachments: walk.attachments,
    problem: walk.problem,
  };
}

/**
 * The most input tokens a body can come to: no tokenizer makes more than one token of a byte (UTF-8), and what templates add is less than the JSON around the
 * text. An attachment counts as the policy says, and one that is no picture as no less than an eighth of its length.
 */
export function promptBound(
  bodyBytes: number,
  attachments: readonly Attachment[],
  tokensPerAttachment: number,
): number {
  let text = bodyBytes;
  let attached = 0;
  for (const { kind, length } of attachments) {
    text -= length;
    attached += Math.max(tokensPerAttachment, kind === 'picture' ? 0 : Math.ceil(length / 8));
  }
  return Math.max(0, text) + attached;
}

function survey(value: JsonValue | undefined, walk: Walk, context: Context): void {
  if (typeof value === 'string') walk.characters += value.length;
  else if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) {
      // Token ids, each of which is a token.
      if (typeof item === 'number') walk.numbers++;
      else survey(item, walk, context);
    }
  } else if (typeof value === 'object' && value !== null) surveyObject(value as JsonObject, walk, context);
}

function surveyObject(object: JsonObject, walk: Walk, context: Context): void {
  for (const name in object) {
    const value = object[name];
    if (context !== 'free') checkName(name, value, walk);
    if (typeof value === 'string') {
      if (context !== 'free' && attachmentNames.has(name) && isAttachment(value))
        walk.attachments.push({ kind: kindOf(object, value), length: value.length });
      else walk.characters += value.length;
    } else if (typeof value === 'object' && value !== null) survey(value, walk, below(context, name, object));
  }
}

function checkName(name: string, value: JsonValue | undefined, walk: Walk): void {
  if (storedStateNames.has(name) && pointsSomewhere(value))
    walk.problem ??= `"${name}" points at stored state, which is shared by all callers and not served here`;
  if (isReadName(name)) return;
  const read = looksLikeReadName(name);
  if (read !== undefined)
    walk.problem ??= `a member is spelled like "${read}" but for case, and some services read it as that; leave it out`;
}

/** What the members of a member are: the protocol's own, or the caller's. */
function below(context: Context, name: string, parent: JsonObject): Context {
  if (context === 'free') return 'free';
  if (context === 'tool') return schemaNames.has(name) ? 'free' : 'tool';
  if (context === 'top') {
    if (toolPlaces.has(name)) return 'tool';
    return freePlaces.has(name) ? 'free' : 'protocol';
  }
  // Arguments of a tool call are named as the tool's author pleased.
  if (name === 'arguments') return 'free';
  const { type } = parent;
  return name === 'input' && typeof type === 'string' && type.endsWith('tool_use') ? 'free' : 'protocol';
}

function pointsSomewhere(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return !(Array.isArray(value) && value.length === 0);
}

function isAttachment(text: string): boolean {
  if (/^https?:\/\//i.test(text)) return true;
  if (/^data:[^,]{0,200};base64,/i.test(text)) return /^data:[^,]*,[A-Za-z0-9+/_=-]*$/i.test(text);
  return text.length >= shortestInlineData && /^[A-Za-z0-9+/_-]+=*$/.test(text);
}

function kindOf({ type, media_type: mediaType }: JsonObject, text: string): Attachment['kind'] {
  const named = [type, mediaType].some((word) => typeof word === 'string' && word.includes('image'));
  return named || /^data:image\//i.test(text) ? 'picture' : 'other';
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
