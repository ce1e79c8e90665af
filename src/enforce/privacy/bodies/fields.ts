import { either, json, list, object, piece, type Shape, skip, text, tree } from './shape.ts';
import type { BodyReading } from './table.ts';

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
  const shape = shapeOf(root, { inStream: false });
  const event = { shape: shapeOf(root, { inStream: true }), scope: '', ended: [], copies: true } as const;
  const streams = (places.stream ?? []).length > 0;
  return { request: shape, answer: shape, event: streams ? () => event : undefined };
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

function shapeOf(node: Node, { inStream }: { readonly inStream: boolean }): Shape {
  if (node.kind === 'skip') return skip;
  if (node.kind === 'json') return json;
  const members = new Map([...node.members].map(([name, below]) => [name, shapeOf(below, { inStream })]));
  const said = node.kind === 'stream' && inStream ? piece('') : node.kind === undefined ? tree : text;
  return either({
    text: said,
    list: node.items ? list(shapeOf(node.items, { inStream })) : tree,
    object: members.size > 0 ? { ...object({}), members } : tree,
  });
}
