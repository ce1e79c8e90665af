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

/** A place of a body where text stands. */
export interface TextPlace {
  readonly path: JsonPath;
  /**
   * `text`: a string. `json`: a string that holds JSON, such as the arguments of a tool call. `tree`: any value, of which every string, name and
   * number is read as it is written.
   */
  readonly kind: 'text' | 'json' | 'tree';
  /** Texts of one group are read by the model as one: the parts of a message. */
  readonly group: number;
}

/** Gathers the places of a body, in the order in which placeholders are numbered. */
export class Texts {
  readonly places: TextPlace[] = [];
  readonly unread: Unread[] = [];
  #group = 0;

  /** What follows is not joined to what was before. */
  startGroup(): void {
    this.#group++;
  }

  text(path: JsonPath, value: JsonValue | undefined): void {
    if (typeof value === 'string') this.#add({ path, kind: 'text' }, value);
    else if (value !== null && value !== undefined) this.tree(path, value);
  }

  json(path: JsonPath, value: JsonValue | undefined): void {
    if (typeof value === 'string') this.#add({ path, kind: 'json' }, value);
    else this.tree(path, value);
  }

  tree(path: JsonPath, value: JsonValue | undefined): void {
    if (value === undefined || value === null || typeof value === 'boolean') return;
    this.places.push({ path, kind: 'tree', group: ++this.#group });
  }

  /** Every member but those named, each as a tree. */
  others(path: JsonPath, object: JsonObject, known: ReadonlySet<string>): void {
    for (const name in object) if (!known.has(name)) this.tree([...path, name], object[name]);
  }

  cannotRead(path: JsonPath, what: UnreadKind): void {
    this.unread.push({ path, what });
  }

  #add(place: Omit<TextPlace, 'group'>, value: string): void {
    if (value !== '') this.places.push({ ...place, group: this.#group });
  }
}

export type ReadTexts<Document = JsonObject> = (document: Document, texts: Texts) => void;

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Each item of an array that is an object, with its path; what is no object is unknown. */
export function eachObject(
  { path, value, texts }: { path: JsonPath; value: JsonValue | undefined; texts: Texts },
  read: (item: JsonObject, path: JsonPath) => void,
): void {
  if (value === undefined || value === null) return;
  if (!isArray(value)) return texts.cannotRead(path, 'unknown');
  for (const [index, item] of value.entries()) {
    const at = [...path, index];
    if (isObject(item)) read(item, at);
    else if (item !== null) texts.cannotRead(at, 'unknown');
  }
}
