import { hashBytes, nodeHash } from './hash.ts';

/** Entries `begin` to `end`, the end not included. */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

/** The perfect subtree of `2 ** level` leaves that starts at leaf `index * 2 ** level`. */
export interface Node {
  readonly level: number;
  readonly index: number;
}

export type ReadNode = (node: Node) => Buffer;

/** The perfect subtrees that make up a range, left to right. */
export function rangeNodes({ begin, end }: Range): Node[] {
  const nodes: Node[] = [];
  let position = begin;
  while (position < end) {
    let level = 0;
    let span = 1;
    while (position % (span * 2) === 0 && position + span * 2 <= end) {
      level += 1;
      span *= 2;
    }
    nodes.push({ level, index: position / span });
    position += span;
  }
  return nodes;
}

/** The hash of a range that is a subtree of some RFC 6962 tree: its perfect subtrees joined from the right. */
export function hashRange(range: Range, read: ReadNode): Buffer {
  return joinFromRight(rangeNodes(range).map(read));
}

export function joinFromRight(hashes: readonly Buffer[]): Buffer {
  const last = hashes.at(-1);
  if (!last) throw new RangeError('There is no subtree to join.');
  return hashes.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/** The ranges whose hashes prove that a leaf is in a tree, from the leaf's sibling upwards (RFC 6962 section 2.1.1). */
export function inclusionRanges(index: number, size: number): Range[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`There is no entry ${index} in a tree of ${size}.`);
  const path: Range[] = [];
  let begin = 0;
  let end = size;
  while (end - begin > 1) {
    const middle = begin + splitPoint(end - begin);
    path.push(index < middle ? { begin: middle, end } : { begin, end: middle });
    if (index < middle) end = middle;
    else begin = middle;
  }
  return path.reverse();
}

/** The ranges whose hashes prove that one tree is a beginning of another (RFC 6962 section 2.1.2). */
export function consistencyRanges(first: number, second: number): Range[] {
  // RFC 9162 section 2.1.4.1 defines no proof from the empty tree: every tree would be consistent with it.
  if (!(first > 0 && first <= second))
    throw new RangeError(`There is no consistency proof from ${first} to ${second}.`);
  const path: Range[] = [];
  let begin = 0;
  let end = second;
  while (first < end) {
    const middle = begin + splitPoint(end - begin);
    path.push(first <= middle ? { begin: middle, end } : { begin, end: middle });
    if (first <= middle) end = middle;
    else begin = middle;
  }
  // Where the first tree is itself a node on the way, the verifier holds its hash already.
  if (begin > 0) path.push({ begin, end });
  return path.reverse();
}

/** The largest power of two smaller than `size`. */
function splitPoint(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leaf: Buffer;
  readonly hashes: readonly Buffer[];
}

/** The root an inclusion proof leads to, or undefined where its shape is wrong (RFC 9162 section 2.1.3.2). */
export function rootOfInclusion({ index, size, leaf, hashes }: Inclusion): Buffer | undefined {
  if (!isIndex(index) || !isIndex(size) || index >= size || !areHashes([leaf, ...hashes])) return undefined;
  let position = index;
  let last = size - 1;
  let root = leaf;
  for (const hash of hashes) {
    if (last === 0) return undefined;
    if (position % 2 === 1 || position === last) {
      root = nodeHash(hash, root);
      while (position % 2 === 0 && position !== 0) {
        position /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      root = nodeHash(root, hash);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : undefined;
}

export interface Consistency {
  readonly first: { readonly size: number; readonly root: Buffer };
  readonly second: { readonly size: number; readonly root: Buffer };
  readonly hashes: readonly Buffer[];
}

/** Whether the second tree holds the first unchanged at its beginning (RFC 9162 section 2.1.4.2). */
export function isConsistent({ first, second, hashes }: Consistency): boolean {
  if (!isIndex(first.size) || !isIndex(second.size) || !areHashes(hashes)) return false;
  if (first.size === 0 || first.size > second.size) return false;
  if (first.size === second.size) return hashes.length === 0 && first.root.equals(second.root);
  const path = isPowerOfTwo(first.size) ? [first.root, ...hashes] : [...hashes];
  const start = path.shift();
  if (!start || hashes.length === 0) return false;
  let position = first.size - 1;
  let last = second.size - 1;
  while (position % 2 === 1) {
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  let firstRoot = start;
  let secondRoot = start;
  for (const hash of path) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      firstRoot = nodeHash(hash, firstRoot);
      secondRoot = nodeHash(hash, secondRoot);
      while (position % 2 === 0 && position !== 0) {
        position /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      secondRoot = nodeHash(secondRoot, hash);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && firstRoot.equals(first.root) && secondRoot.equals(second.root);
}

function isPowerOfTwo(size: number): boolean {
  return rangeNodes({ begin: 0, end: size }).length === 1;
}

function isIndex(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function areHashes(hashes: readonly Buffer[]): boolean {
  return hashes.every((hash) => hash.length === hashBytes);
}
