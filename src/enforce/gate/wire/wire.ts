import type { Fault, JsonObject } from '../../../kernel/index.ts';
import type { OutputRule } from './output.ts';

/** Tokens as the service counted them. Cached tokens are part of `input`, reasoning tokens part of `output`. */
export interface TokenUsage {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
  readonly reasoning: number;
}

/** What one event of a stream tells the gate. */
export interface StreamReading {
  /** Characters of the model's output (text, tool-call arguments, reasoning) in this event. */
  readonly characters: number;
  /** What the event says of usage; later events overwrite earlier ones, field by field. */
  readonly usage?: Partial<TokenUsage> | undefined;
  /** The event carries nothing but usage: it is there because the gate asked for it. */
  readonly onlyUsage?: boolean;
  /** The usage is that of the whole answer: no event after it adds to it. */
  readonly final?: boolean;
}

export type FieldKind = 'string' | 'boolean' | 'count' | 'array' | 'object' | 'text or array';

/** The type a top-level member must have when it is there (null counts as absent); `required` ones must be there. */
export type FieldRules = Readonly<Record<string, FieldKind | readonly [FieldKind, 'required']>>;

/** One row of a wire's closed table. */
export interface Operation {
  /** Stable name for entries, metrics and `explain`: `chat.completions`. */
  readonly name: string;
  /** The OpenTelemetry GenAI `gen_ai.operation.name`. */
  readonly telemetry: string;
  readonly method: 'GET' | 'POST' | 'ANY';
  /** Relative to the wire's prefix; `{model}` matches one segment, `**` the rest. */
  readonly path: string;
  readonly body: 'json' | 'multipart' | 'none' | 'any';
  readonly model: 'body' | 'path' | 'none';
  /** `gate`: answered by the gate itself from the policy (lists of models); nothing is forwarded. */
  readonly answeredBy: 'upstream' | 'gate';
  readonly fields?: FieldRules;
  /** Members that would reach state another caller made; refused when they are there and not null or false. */
  readonly stateful?: readonly string[];
  /** `input` is a list of items, of which some kinds stand for what the service stored. */
  readonly holdsItems?: boolean;
  /** Members the gateway sets where the caller did not: the service would keep what it is sent. */
  readonly forced?: Readonly<Record<string, string>>;
  readonly output: OutputRule;
  /** The service does not bill it: what it used is nothing where the answer says nothing of usage. */
  readonly free?: boolean;
  /** Usage in a whole JSON answer, of which nothing but the member `usage` is parsed. */
  readUsage?(answer: JsonObject): Partial<TokenUsage> | undefined;
  /** Reads one event of a stream. */
  readEvent?(document: JsonObject): StreamReading;
  /** The member to set so that a stream ends with usage, and its JSON, where the wire has such a member. */
  usageRequest?(document: JsonObject): { readonly name: string; readonly value: string } | undefined;
}

export interface ErrorContext {
  readonly requestId: string;
}

export interface WireError {
  readonly contentType: string;
  readonly body: string;
}

/** One AI protocol: its operations, and how it says no. */
export interface Wire {
  readonly name: WireName;
  /** The OpenTelemetry GenAI `gen_ai.provider.name`. */
  readonly provider: string;
  /** The version prefix of the paths (`/v1`); it may stand in the route's match or behind it. */
  readonly prefix: string;
  readonly operations: readonly Operation[];
  /** Request headers passed on; everything else stays here. */
  readonly requestHeaders: ReadonlySet<string>;
  /** Names of query parameters passed on. */
  readonly query: ReadonlySet<string> | 'all';
  /** Answer headers passed back, likewise. */
  readonly answerHeaders: ReadonlySet<string> | 'all';
  credentialHeaders(secret: string): readonly string[];
  error(fault: Fault, context: ErrorContext): WireError;
  /** The event that ends a cut stream, in the wire's own form, as server-sent-event text; undefined: the connection is broken off. */
  errorEvent(operation: Operation, fault: Fault, context: ErrorContext): string | undefined;
  /** The answer to an operation that the gate answers itself. Undefined: no such model. */
  listModels?(models: readonly string[], wanted: string | undefined): string | undefined;
}

export type WireName = 'openai' | 'azure' | 'anthropic' | 'generic';
