import type { JsonObject, JsonPath, JsonValue } from '../../../kernel/index.ts';

/** What could not be read as text. */
export const unreadKinds = [
  'picture',
  'sound',
  'file',
  'tokens',
  'log-probabilities',
  'form',
  'unknown',
] as const;
export type UnreadKind = (typeof unreadKinds)[number];

export interface Unread {
  readonly path: JsonPath;
  readonly what: UnreadKind;
}

/** A place of a body that detectors read. */
export interface TextPlace {
  readonly path: JsonPath;
  /**
   * `text`: a string. `json`: a string that holds JSON, such as the arguments of a tool call. `tree`: any value as it is written, with every
   * string, name and number in it; of a member that the operation does not define, its name too. `decoded`: a text that is in the
   * body in an encoding, so that nothing in it can be replaced: a finding in it counts as what cannot be taken out.
   */
  readonly kind: 'text' | 'json' | 'tree' | 'decoded';
  /** Of a text, what detectors read. A tree is cut out of the body. */
  readonly value: string;
  /** Of a tree: its member's name is part of it. */
  readonly named?: boolean;
  /** Texts of one group are read by the model as one: the parts of a message. */
  readonly group: number;
  /** Texts of one lane follow each other, whatever is between them: what one role says. Undefined: read by itself, never joined. */
  readonly lane: string | undefined;
}

/** The places of a body, in the order in which placeholders are numbered. */
export class Texts {
  readonly places: TextPlace[] = [];
  readonly unread: Unread[] = [];
  #group = 0;

  /** What follows is not joined to what was before. */
  startGroup(): void {
    this.#group++;
  }

  /** A text of the conversation, joined with its neighbours. */
  text(path: JsonPath, value: string, lane: string): void {
    if (value !== '') this.places.push({ path, kind: 'text', value, group: this.#group, lane });
  }

  /** A text by itself. */
  alone(path: JsonPath, value: string): void {
    if (value !== '') this.places.push({ path, kind: 'text', value, group: this.#group, lane: undefined });
  }

  json(path: JsonPath, value: string): void {
    if (value !== '') this.places.push({ path, kind: 'json', value, group: this.#group, lane: undefined });
  }

  decoded(path: JsonPath, value: string): void {
    if (value !== '') this.places.push({ path, kind: 'decoded', value, group: this.#group, lane: undefined });
  }

  tree(path: JsonPath, { named }: { readonly named: boolean }): void {
    this.places.push({ path, kind: 'tree', value: '', named, group: this.#group, lane: undefined });
  }

  cannotRead(path: JsonPath, what: UnreadKind): void {
    // A picture in an object that is known for a picture is the same one.
    const last = this.unread.at(-1);
    if (last?.what === what && last.path.every((step, index) => path[index] === step)) return;
    this.unread.push({ path, what });
  }
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
