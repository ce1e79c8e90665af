import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { findLiteralSecrets, type LiteralSecret } from './literals.ts';
import type { ProblemDraft } from './problem.ts';
import type { PolicyPath } from './section.ts';

/** A Kubernetes ConfigMap holds 1 MiB at most; a policy is read by people. */
const largestPolicyChars = 1_000_000;
const deepestPolicy = 64;

/** Of syntax errors and of secrets: each is sought in the tree, and nobody reads more. */
const mostFinds = 50;

/** The text of a policy, parsed, with a way back from a path to the place in the text. */
export interface PolicySource {
  /** Plain JSON. Undefined where the text is not YAML enough to look further. */
  readonly value: unknown;
  readonly problems: readonly (ProblemDraft & { readonly offset: number })[];
  /** Where the value at the path stands, or its key; the nearest that exists above it otherwise. */
  offsetOf(path: PolicyPath, part: 'key' | 'value'): number;
  placeOf(offset: number): { line: number; column: number };
}

interface Place {
  readonly path: PolicyPath;
  readonly key: Node | undefined;
  readonly value: Node | undefined;
  /** The key stands in its mapping already, however spelled. */
  readonly repeated: boolean;
}

type SourceProblem = ProblemDraft & { readonly offset: number };

/**
 * Reads YAML 1.2 (core schema) without what makes YAML dangerous or ambiguous: anchors and aliases (bombs, action at a distance),
 * merge keys, tags, several documents, duplicate keys, and scalars that YAML 1.1 readers take for something else.
 */
export function parseSource(text: string): PolicySource {
  const lines = new LineCounter();
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const refuse = (message: string): PolicySource => ({
    value: undefined,
    problems: [{ path: [], message, offset: 0 }],
    offsetOf: () => 0,
    placeOf,
  });
  if (text.length > largestPolicyChars) return refuse(`larger than ${largestPolicyChars} characters`);
  if (nestsDeeper(text, deepestPolicy)) return refuse(`nested deeper than ${deepestPolicy} levels`);

  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    // The parser compares every key with every other; collectPlaces finds duplicates in one pass.
    uniqueKeys: false,
  });
  const places = collectPlaces(document);
  const index = new Map(places.toReversed().map((place) => [JSON.stringify(place.path), place]));
  const problems = [
    ...syntaxProblems(document, places),
    ...places.flatMap(nodeProblems),
    ...secretProblems(text, places),
  ];
  const readable = document.errors.length === 0 && !places.some(({ value }) => isAlias(value));
  return {
    value: readable ? document.toJS() : undefined,
    problems,
    offsetOf: (path, part) => offsetOf(index, path, part),
    placeOf,
  };
}

/**
 * Counts opening brackets and indentation before the parser, whose recursion an attacker could exhaust. Brackets inside quoted
 * texts count too; no honest policy comes near the bound on one line.
 */
function nestsDeeper(text: string, limit: number): boolean {
  let flow = 0;
  let indented = 0;
  let lineIndent = 0;
  for (const line of text.split('\n')) {
    for (const character of line) {
      if (character === '[' || character === '{') flow += 1;
      else if (character === ']' || character === '}') flow = Math.max(0, flow - 1);
      if (flow > limit) return true;
    }
    const dashes = /^(?:[ ]|-[ ]|\?[ ])*/.exec(line)?.[0] ?? '';
    lineIndent = (dashes.match(/[-?]/g) ?? []).length;
    indented = Math.max(indented, lineIndent, Math.floor(dashes.length / 2));
    if (indented > limit * 4 || lineIndent > limit) return true;
  }
  return false;
}

interface VisitedKey {
  readonly path: PolicyPath;
  readonly key?: Node | undefined;
  readonly repeated?: boolean;
}

function collectPlaces(document: Document): Place[] {
  const places: Place[] = [];
  const visit = ({ path, key, repeated = false }: VisitedKey, value: unknown): void => {
    const node = isMap(value) || isSeq(value) || isScalar(value) || isAlias(value) ? value : undefined;
    places.push({ path, key, value: node, repeated });
    if (isMap(node)) {
      const names = new Set<string>();
      for (const pair of node.items) {
        const name = isScalar(pair.key) ? String(pair.key.value) : '?';
        const own = isScalar(pair.key) || isAlias(pair.key) ? pair.key : undefined;
        visit({ path: [...path, name], key: own, repeated: names.has(name) }, pair.value);
        names.add(name);
      }
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) visit({ path: [...path, index] }, item);
    }
  };
  visit({ path: [] }, document.contents);
  return places;
}

/** The parser's own texts may quote the file, so each code gets a sentence of ours. */
const syntaxMessages: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab; indent with spaces',
  MULTIPLE_DOCS: 'more than one YAML document (---) in the file',
  BAD_ALIAS: 'aliases (*name) are not allowed; write the value out',
  ALIAS_PROPS: 'aliases (*name) are not allowed; write the value out',
  MULTIPLE_ANCHORS: 'anchors (&name) are not allowed; write the value out',
  BAD_INDENT: 'wrong indentation',
  MISSING_CHAR: 'something is missing: a closing quote or bracket, a comma, or the space after a colon',
  NON_STRING_KEY: 'a key must be plain text',
  KEY_OVER_1024_CHARS: 'a key is too long',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line',
  BLOCK_AS_IMPLICIT_KEY: 'a key: value pair inside another on the same line',
  BAD_SCALAR_START: 'a text beginning with this character must be quoted',
  BAD_DQ_ESCAPE: 'an unknown escape (\\) in a quoted text',
  BAD_DIRECTIVE: 'directives (%) are not allowed',
  TAG_RESOLVE_FAILED: 'tags (!name) are not allowed',
  RESOURCE_EXHAUSTION: 'nested too deeply',
};

function syntaxProblems(document: Document, places: readonly Place[]): SourceProblem[] {
  // An unknown tag is a warning to the parser; it is found on its node, where known tags are found too.
  const warnings = document.warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  const problems = [...document.errors, ...warnings].slice(0, mostFinds).map((error): SourceProblem => {
    const offset = error.pos[0];
    const message = syntaxMessages[error.code] ?? 'not valid YAML';
    return { path: pathAt(places, offset), message, offset };
  });
  const { version, explicit } = document.directives?.yaml ?? {};
  if (explicit && version !== '1.2') problems.push({ path: [], message: 'only YAML 1.2 is read', offset: 0 });
  return problems;
}

/** Plain scalars that YAML 1.1 reads as booleans, octal and base-60 numbers, and YAML 1.2 does not. */
const ambiguousScalars: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  {
    pattern: /^(?:y|n|yes|no|on|off)$/i,
    message:
      'read as true or false by some YAML readers, as text by others; write true or false, or quote it',
  },
  {
    pattern: /^[-+]?0[0-9]+$/,
    message: 'a number with a leading zero (octal to some YAML readers); drop the zero, or quote it',
  },
  {
    pattern: /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+$/,
    message: 'a base-60 number to some YAML readers; quote it',
  },
];

/** Names every JavaScript object answers to: as a role or model they would be found where nobody wrote them. */
const unusableKeys = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype']);

function nodeProblems({ path, key, value, repeated }: Place): SourceProblem[] {
  const problems: SourceProblem[] = [];
  const report = (node: Node, message: string, found?: string) =>
    problems.push({ path, message, found, offset: node.range?.[0] ?? 0 });
  for (const node of [key, value]) {
    if (!node) continue;
    if (isAlias(node)) report(node, 'aliases (*name) are not allowed; write the value out');
    else if (node.anchor !== undefined) report(node, 'anchors (&name) are not allowed; write the value out');
    // The composer resolves implicit tags without keeping them; one that is kept was written.
    if (!isAlias(node) && node.tag !== undefined) report(node, 'tags (!name) are not allowed');
  }
  if (key && repeated) report(key, 'this key stands here twice');
  if (isScalar(key) && key.value === '<<') report(key, 'merge keys (<<) are not allowed; write the keys out');
  if (isScalar(key) && unusableKeys.has(String(key.value))) report(key, 'this name cannot be used');
  if (isScalar(value) && value.type === 'PLAIN' && value.source !== undefined) {
    const { source } = value;
    const trap = ambiguousScalars.find(({ pattern }) => pattern.test(source));
    if (trap) report(value, trap.message, source);
    if (typeof value.value === 'number' && !Number.isFinite(value.value))
      report(value, 'not a finite number');
  }
  return problems;
}

/** In the raw text first, where comments are, then in the values, where escapes and folds are undone. */
function secretProblems(text: string, places: readonly Place[]): SourceProblem[] {
  const describe = ({ kind }: LiteralSecret) =>
    `this looks like ${kind}; write a reference (env:NAME or file:/path), and change the secret`;
  const problems: SourceProblem[] = findLiteralSecrets(text)
    .slice(0, mostFinds)
    .map((literal) => ({
      path: pathAt(places, literal.start),
      message: describe(literal),
      offset: literal.start,
    }));
  for (const { path, key, value } of places) {
    if (problems.length >= mostFinds) break;
    for (const node of [key, value]) {
      if (!isScalar(node) || typeof node.value !== 'string') continue;
      const [start = 0, , end = 0] = node.range ?? [];
      const literal = findLiteralSecrets(node.value)[0];
      if (!literal || problems.some(({ offset }) => offset >= start && offset < end)) continue;
      problems.push({ path, message: describe(literal), offset: start });
    }
  }
  return problems;
}

/** The innermost place whose key or value covers the offset. */
function pathAt(places: readonly Place[], offset: number): PolicyPath {
  const covers = (node: Node | undefined) =>
    node?.range !== undefined && node.range !== null && node.range[0] <= offset && offset < node.range[2];
  return places.findLast(({ key, value }) => covers(key) || covers(value))?.path ?? [];
}

function offsetOf(index: ReadonlyMap<string, Place>, path: PolicyPath, part: 'key' | 'value'): number {
  for (let length = path.length; length >= 0; length--) {
    const place = index.get(JSON.stringify(path.slice(0, length)));
    if (!place) continue;
    const { key, value } = place;
    const node = part === 'key' || length < path.length ? (key ?? value) : (value ?? key);
    if (node?.range) return node.range[0];
  }
  return 0;
}
