import type { Writing } from '../scan/view.ts';
import type { UnreadKind } from './texts.ts';

/**
 * How the value at a place of a body is read. A shape never decides whether something is inspected: whatever does not fit its shape, and every
 * member that a shape does not define, is inspected as it is written, with its name. The only values that are not inspected are those of
 * `exemptions`, each checked against its rule first.
 */
export type Shape =
  /** A text of the conversation, joined with its neighbours. */
  | { readonly is: 'text'; readonly lane?: string }
  /** A text by itself: a name, a title. `carried`: of a stream, it is said again in events that are made to carry a piece. */
  | AloneShape
  /** A string that holds JSON. */
  | { readonly is: 'json' }
  /** Any value, inspected as it is written. */
  | { readonly is: 'tree' }
  /** The same of a kind the operation does not define: it may say more than its strings do, so it also counts as unread. */
  | { readonly is: 'unknown' }
  /** A token of a service for itself. One that does not look like it (`isSealed`) is read as text, and decoded where it is base64 of text. */
  | { readonly is: 'sealed' }
  /** A picture, sound or file: base64, a `data:` URL or a link. */
  | { readonly is: 'data'; readonly what: UnreadKind }
  /** Numbers of tokens or of a vector, nested in lists, with texts between them. */
  | { readonly is: 'numbers'; readonly what: UnreadKind | undefined }
  /** Inspected as it is written, and of a kind of its own that cannot be read. Nothing where it is empty. */
  | { readonly is: 'hidden'; readonly what: UnreadKind }
  /** Not looked into, because the policy says so. */
  | { readonly is: 'skip' }
  | ExemptShape
  | ListShape
  | ObjectShape
  | KindsShape
  | EitherShape
  | PieceShape;

export interface AloneShape {
  readonly is: 'alone';
  readonly carried?: true;
}

export type ExemptShape =
  | { readonly is: 'word'; readonly words: ReadonlySet<string>; readonly carried?: true }
  | { readonly is: 'id'; readonly carried?: true }
  | { readonly is: 'count'; readonly carried?: true }
  | { readonly is: 'time'; readonly carried?: true };

interface ListShape {
  readonly is: 'list';
  readonly of: Shape;
}

export interface ObjectShape {
  readonly is: 'object';
  /** In the order they are read. Their names are words of the protocol. */
  readonly members: ReadonlyMap<string, Shape>;
  /** Its texts are not joined with what is before and behind. */
  readonly apart: boolean;
  /** The member that says whose words its texts are. */
  readonly laneBy: string | undefined;
  /** The lane of its texts, where it is always the same. */
  readonly lane: string | undefined;
  /** What the object as a whole is, that cannot be read. */
  readonly unread: UnreadKind | undefined;
  /** Members it does not define may be pieces of a text that comes in many events: by themselves they tell nothing. */
  readonly strict: boolean;
  /** In streams: the member that tells its pieces from those of its neighbours in the list. */
  readonly numbered: string | undefined;
  /** In streams: members of an event that is made to carry a piece. */
  readonly constants: Readonly<Record<string, null | readonly never[]>>;
}

/** Objects of several kinds, told apart by a member. */
interface KindsShape {
  readonly is: 'kinds';
  readonly by: string;
  readonly kinds: ReadonlyMap<string, ObjectShape>;
  /** Where the member is missing. */
  readonly otherwise: Shape;
}

/** By the type of the value. */
interface EitherShape {
  readonly is: 'either';
  readonly text: Shape;
  readonly list: Shape | undefined;
  readonly object: Shape | undefined;
}

/** A piece of a text that comes in many events. */
interface PieceShape {
  readonly is: 'piece';
  readonly channel: string;
  readonly writing: Writing;
}

export const text: Shape = { is: 'text' };
/** What a model thinks, which is no part of what it says. */
export const thought: Shape = { is: 'text', lane: 'thought' };
export const alone: AloneShape = { is: 'alone' };
export const json: Shape = { is: 'json' };
export const tree: Shape = { is: 'tree' };
export const unknown: Shape = { is: 'unknown' };
export const sealed: Shape = { is: 'sealed' };
export const skip: Shape = { is: 'skip' };
export const id: ExemptShape = { is: 'id' };
export const count: ExemptShape = { is: 'count' };
export const time: ExemptShape = { is: 'time' };
export const vector: Shape = { is: 'numbers', what: undefined };
export const tokens: Shape = { is: 'numbers', what: 'tokens' };
export const logProbabilities: Shape = { is: 'hidden', what: 'log-probabilities' };

export const word = (...words: readonly string[]): ExemptShape => ({ is: 'word', words: new Set(words) });
export const data = (what: UnreadKind): Shape => ({ is: 'data', what });
export const list = (of: Shape): Shape => ({ is: 'list', of });
export const carried = (shape: ExemptShape | AloneShape): Shape => ({ ...shape, carried: true });
export const piece = (channel: string, writing: Writing = 'text'): Shape => ({
  is: 'piece',
  channel,
  writing,
});

type Options = Partial<Omit<ObjectShape, 'is' | 'members'>>;

export const object = (members: Readonly<Record<string, Shape>>, options: Options = {}): ObjectShape => ({
  is: 'object',
  members: new Map(Object.entries(members)),
  apart: false,
  laneBy: undefined,
  lane: undefined,
  unread: undefined,
  strict: false,
  numbered: undefined,
  constants: {},
  ...options,
});

/** Kinds by their `type`, which each of them has besides its own members. */
export function kinds(
  table: Readonly<Record<string, ObjectShape | readonly [Readonly<Record<string, Shape>>, Options?]>>,
  otherwise: Shape = unknown,
): Shape {
  const type = carried(word(...Object.keys(table)));
  const shapes = Object.entries(table).map(([name, row]): [string, ObjectShape] => {
    const shape = 'is' in row ? row : object(...row);
    return [name, { ...shape, members: new Map([['type', type], ...shape.members]) }];
  });
  return { is: 'kinds', by: 'type', kinds: new Map(shapes), otherwise };
}

export const either = (shapes: {
  readonly text?: Shape;
  readonly list?: Shape;
  readonly object?: Shape;
}): Shape => ({ is: 'either', text: shapes.text ?? text, list: shapes.list, object: shapes.object });

/** Prefixes of ids of OpenAI's and Anthropic's APIs, and of services that speak as they do. */
const idShape =
  /^(?:chatcmpl|cmpl|call|msg|toolu|srvtoolu|mcptoolu|resp|rs|fc|ctc|ws|fs|ci|ig|cu|lsh|mcp|mcpl|mcpr|req|fp|modr|run|step|audio)[_-][A-Za-z0-9_-]{1,128}$/;

const uuidShape = /^(?:[a-z]{1,12}[_-])?[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i;

interface Exemption<Kind extends ExemptShape['is']> {
  /** What is exempt, and why that is harmless. */
  readonly reason: string;
  /** Whether a value is one. A value that is not is inspected. */
  holds(value: string | number, shape: Extract<ExemptShape, { is: Kind }>): boolean;
}

/**
 * Every kind of value that is not inspected. Besides these: names of members that a shape defines, which are words of the protocol; null, true and false;
 * numbers of a vector (`isVectorNumber`); tokens that a service sealed for itself (`isSealed`); base64 of a picture, sound or file that is too long to be anything else, which counts as unread (`readOpaque`); and what the
 * policy tells the gate to skip.
 */
const exemptions: { readonly [Kind in ExemptShape['is']]: Exemption<Kind> } = {
  word: {
    reason: 'One of the words the protocol defines for the place, compared whole.',
    holds: (value, { words }) => typeof value === 'string' && words.has(value),
  },
  id: {
    reason:
      'An id as services make them, without a run of digits that could be a number of somebody; a UUID.',
    holds: (value) =>
      typeof value === 'string' && (uuidShape.test(value) || (idShape.test(value) && !/\d{9}/.test(value))),
  },
  count: {
    reason: 'A count, an index or a short fraction: fewer than seven digits before the point.',
    holds: (value) => typeof value === 'number' && Math.abs(value) < 1e6 && String(value).length <= 8,
  },
  time: {
    reason: 'A time in whole seconds between the years 2001 and 2100, at a place of times.',
    holds: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 1e9 && value < 4.2e9,
  },
};

export function isExempt(shape: ExemptShape, value: string | number): boolean {
  switch (shape.is) {
    case 'word':
      return exemptions.word.holds(value, shape);
    case 'id':
      return exemptions.id.holds(value, shape);
    case 'count':
      return exemptions.count.holds(value, shape);
    case 'time':
      return exemptions.time.holds(value, shape);
    default:
      return shape satisfies never;
  }
}

/** A component of a vector, or the number of a token. Longer ones are inspected. */
export const isVectorNumber = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) < 1e9;
