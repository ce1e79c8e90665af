import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import type { FieldPath } from '../field.ts';

/** From 1, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface YamlProblem extends Position {
  readonly message: string;
}

/** One document of a file, as plain values. */
export interface YamlDocument {
  readonly value: unknown;
  /** Which of the file's documents it is, from 0; empty ones count. */
  readonly index: number;
  /** Where the value at the path stands; where it is missing, the nearest that is there above it. */
  locate(path: FieldPath): Position;
}

export interface YamlFile {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly YamlProblem[];
}

/** Aliases may make a document this many times as large as it is written, and no larger (billion laughs). */
const mostAliasExpansion = 100;
const deepestNesting = 100;

/**
 * Reads YAML as kubectl does, which is YAML 1.1: `yes` and `on` are true there, and a check that took them for texts would find nothing
 * wrong with `privileged: yes`. JSON is read by the same parser. A broken document spoils no other.
 */
export function readYaml(text: string): YamlFile {
  const deep = deepLine(text);
  if (deep !== undefined)
    return {
      documents: [],
      problems: [{ line: deep, column: 1, message: `nested deeper than ${deepestNesting} levels` }],
    };
  const documents: YamlDocument[] = [];
  const problems: YamlProblem[] = [];
  const parsed = parseYaml(text);
  recent.keep(text, parsed);
  for (const [index, document] of parsed.documents.entries()) {
    const found = readDocument(document);
    if ('message' in found) problems.push({ ...positionOf(parsed, found.offset), message: found.message });
    else if (found.value !== null && found.value !== undefined)
      documents.push({ value: found.value, index, locate: (path) => locate(text, index, path) });
  }
  return { documents, problems };
}

export interface YamlTree {
  readonly documents: readonly Document.Parsed[];
  readonly lines: LineCounter;
}

/** The nodes of a text with their places. */
export function parseYaml(text: string): YamlTree {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: '1.1',
    merge: true,
    lineCounter: lines,
    prettyErrors: false,
    // The parser compares every key with every other; here it is one pass.
    uniqueKeys: false,
  });
  return { documents: 'empty' in documents ? [] : documents, lines };
}

function positionOf({ lines }: YamlTree, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Trees of the last files: a tree takes a hundred times the room of its text, and places are asked for file by file. */
const keptFiles = 8;

function createRecentFiles() {
  const kept = new Map<string, YamlTree>();
  return {
    keep(text: string, parsed: YamlTree): void {
      kept.delete(text);
      kept.set(text, parsed);
      const [oldest] = kept.keys();
      if (kept.size > keptFiles && oldest !== undefined) kept.delete(oldest);
    },
    of(text: string): YamlTree {
      const parsed = kept.get(text) ?? parseYaml(text);
      this.keep(text, parsed);
      return parsed;
    },
  };
}

const recent = createRecentFiles();

function locate(text: string, index: number, path: FieldPath): Position {
  const parsed = recent.of(text);
  const document = parsed.documents[index];
  return positionOf(parsed, document ? offsetOf(document, path) : 0);
}

function readDocument(document: Document.Parsed): { value: unknown } | { offset: number; message: string } {
  const [error] = document.errors;
  if (error) return { offset: error.pos[0], message: error.message };
  const repeated = findRepeatedKey(document.contents);
  if (repeated) {
    const name = isScalar(repeated) ? String(repeated.value) : '';
    return { offset: repeated.range?.[0] ?? 0, message: `the key ${name} stands twice` };
  }
  try {
    return { value: document.toJS({ maxAliasCount: mostAliasExpansion }) };
  } catch {
    return { offset: document.contents?.range?.[0] ?? 0, message: 'its aliases expand without bound' };
  }
}

/** `<<`, which stands for what it merges in. */
export const isMergeKey = (key: unknown): boolean => isScalar(key) && key.source === '<<';

function findRepeatedKey(root: unknown): Node | undefined {
  const open: unknown[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isSeq(node)) open.push(...node.items.filter(Boolean));
    if (!isMap(node)) continue;
    const names = new Set<string>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : undefined;
      if (name !== undefined && !isMergeKey(key) && names.has(name)) return key as Node;
      if (name !== undefined) names.add(name);
      if (value) open.push(value);
    }
  }
  return undefined;
}

/** The offset of a key where the last step is one, so that a line that names the field is shown; of the value in a list. */
function offsetOf(document: Document.Parsed, path: FieldPath): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    const step = stepInto(document, node, part);
    if (!step) return offset;
    offset = step.offset ?? offset;
    ({ node } = step);
  }
  return offset;
}

function stepInto(
  document: Document.Parsed,
  node: unknown,
  part: string | number,
): { node: unknown; offset: number | undefined } | undefined {
  if (isSeq(node) && typeof part === 'number') {
    const item = node.items[part];
    return item === undefined ? undefined : { node: item, offset: startOf(item) };
  }
  const pair = findPair(document, node, String(part));
  return pair && { node: pair.value, offset: startOf(pair.key) };
}

/** Of the mapping itself or, nearest first, of what it merges in. */
function findPair(document: Document.Parsed, node: unknown, name: string): Pair | undefined {
  const maps = new Set([node]);
  // A set is walked with what is added to it on the way; each mapping stands in it once.
  for (const map of maps) {
    if (!isMap(map)) continue;
    const pair = pairsByName(map).get(name);
    if (pair) return pair;
    for (const merged of mergedInto(document, map)) maps.add(merged);
  }
  return undefined;
}

/** What `<<` of a mapping merges in. */
function mergedInto(document: Document.Parsed, map: YAMLMap): unknown[] {
  const merge = pairsByName(map).get('<<');
  if (!merge || !isMergeKey(merge.key)) return [];
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  const value = resolved(merge.value);
  return isSeq(value) ? value.items.map(resolved) : [value];
}

/** Of mappings that places were asked for; a mapping of thousands is asked thousands of times. */
const namedPairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

function pairsByName(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = namedPairs.get(map);
  if (known) return known;
  const found = new Map(
    map.items.flatMap((pair) =>
      isScalar(pair.key) ? [[isMergeKey(pair.key) ? '<<' : String(pair.key.value), pair]] : [],
    ),
  );
  namedPairs.set(map, found);
  return found;
}

function startOf(node: unknown): number | undefined {
  if (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) return node.range?.[0];
  return undefined;
}

/** The first line nested too deep for a parser that recurses; brackets in quoted texts count too, which no honest manifest comes near. */
function deepLine(text: string): number | undefined {
  let flow = 0;
  let line = 1;
  let indent = 0;
  let atStart = true;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x0a) {
      line += 1;
      indent = 0;
      atStart = true;
    } else if (atStart && (code === 0x20 || code === 0x2d)) indent += 1;
    else {
      atStart = false;
      if (code === 0x5b || code === 0x7b) flow += 1;
      else if (code === 0x5d || code === 0x7d) flow = Math.max(0, flow - 1);
      if (flow > deepestNesting || indent > deepestNesting * 4) return line;
    }
  }
  return undefined;
}
