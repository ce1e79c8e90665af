import type { JsonObject, JsonPath, JsonValue } from '../../../kernel/index.ts';
import type { Delta, ReadEvent } from './events.ts';
import type { BodyReading } from './table.ts';
import { isArray, isObject, type ReadTexts, Texts } from './texts.ts';

/** What is said of the fields of bodies whose form the gate does not know, by their places (`messages[].content`). What is not named is read as it is written. */
export interface FieldPlaces {
  /** Strings; those of one list are read as one text. */
  readonly text?: readonly string[];
  /** Strings that hold JSON. */
  readonly json?: readonly string[];
  /** Not looked into. */
  readonly skip?: readonly string[];
  /** Of the events of streams: strings that come in pieces. */
  readonly stream?: readonly string[];
}

const kinds = ['text', 'json', 'skip', 'stream'] as const;
type FieldKind = (typeof kinds)[number];

interface Node {
  readonly members: Map<string, Node>;
  /** Of every item, where it is a list. */
  items: Node | undefined;
  kind: FieldKind | undefined;
}

const anyItem = '[]';

/** The steps of a place, with `[]` for any item of a list; undefined: it is not written as one. */
export function parseFieldPlace(place: string): readonly string[] | undefined {
  const steps: string[] = [];
  for (const part of place.split('.')) {
    const [, name = '', items = ''] = /^([^.[\]]*)((?:\[\])*)$/.exec(part) ?? [];
    const isFirstList = steps.length === 0 && name === '' && items !== '';
    if (name === '' && !isFirstList) return undefined;
    if (name !== '') steps.push(name);
    for (let count = items.length / anyItem.length; count > 0; count--) steps.push(anyItem);
  }
  return steps;
}

/** How bodies are read whose fields a policy names. */
export function readingOfFields(places: FieldPlaces): BodyReading {
  const root = createNode();
  for (const kind of kinds)
    for (const place of places[kind] ?? []) nodeAt(root, parseFieldPlace(place) ?? []).kind = kind;
  const read: ReadTexts<JsonValue> = (document, texts) =>
    visit({ value: document, path: [] }, root, { texts });
  const streams = (places.stream ?? []).length > 0;
  return { request: read, answer: read, event: streams ? createEventReader(root) : undefined };
}

const createNode = (): Node => ({ members: new Map(), items: undefined, kind: undefined });

function nodeAt(root: Node, steps: readonly string[]): Node {
  let node = root;
  for (const step of steps) {
    if (step === anyItem) {
      node.items ??= createNode();
      node = node.items;
      continue;
    }
    const next = node.members.get(step) ?? createNode();
    node.members.set(step, next);
    node = next;
  }
  return node;
}

interface Placed {
  readonly value: JsonValue | undefined;
  readonly path: JsonPath;
}

interface Visit {
  readonly texts: Texts;
  /** The list the last text stood in: what is split over its items is one text. */
  list?: string;
  /** Gathers the pieces of an event; undefined outside of streams. */
  readonly pieces?: JsonPath[];
}

function visit({ value, path }: Placed, node: Node, visited: Visit): void {
  const { texts, pieces } = visited;
  if (node.kind === 'skip') return;
  if (node.kind === 'json') return texts.json(path, value);
  if (node.kind === 'stream' && pieces && typeof value === 'string') return void pieces.push(path);
  if (node.kind !== undefined && (typeof value === 'string' || isLeaf(node))) {
    startListOf(path, visited);
    return texts.text(path, value);
  }
  if (isArray(value) && node.items) {
    for (const [index, item] of value.entries())
      visit({ value: item, path: [...path, index] }, node.items, visited);
  } else if (isObject(value) && node.members.size > 0) {
    for (const [name, member] of Object.entries(value)) {
      const below = node.members.get(name);
      const at = [...path, name];
      if (below) visit({ value: member, path: at }, below, visited);
      else texts.tree(at, member);
    }
  } else texts.tree(path, value);
}

const isLeaf = ({ members, items }: Node): boolean => members.size === 0 && items === undefined;

function startListOf(path: JsonPath, visited: Visit): void {
  const item = path.findLastIndex((step) => typeof step === 'number');
  const list = JSON.stringify(item < 0 ? path : path.toSpliced(item, 1));
  if (list !== visited.list) visited.texts.startGroup();
  visited.list = list;
}

/** Each place of pieces is a text of its own, with the numbers of the lists it stands in. */
function createEventReader(root: Node): ReadEvent {
  return (document) => {
    const texts = new Texts();
    const pieces: JsonPath[] = [];
    visit({ value: document, path: [] }, root, { texts, pieces });
    const deltas = pieces.map(
      (path): Delta => ({
        channel: JSON.stringify(path),
        path,
        writing: 'text',
        carry: (piece) =>
          pieces.reduce<JsonObject>(
            (event, place) => withText(event, place, place === path ? piece : '') as JsonObject,
            document,
          ),
      }),
    );
    return { deltas, ended: [], texts };
  };
}

function withText(value: JsonValue, [step, ...rest]: JsonPath, text: string): JsonValue {
  if (step === undefined) return text;
  if (isArray(value)) return value.map((item, index) => (index === step ? withText(item, rest, text) : item));
  const object = value as JsonObject;
  return { ...object, [step]: withText(object[step] ?? null, rest, text) };
}
