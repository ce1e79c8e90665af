import { nodeHash } from './hash.ts';
import { joinFromRight, type Node } from './proofs.ts';

interface HashedNode extends Node {
  readonly hash: Buffer;
}

/** A row of neighbouring subtrees, joined wherever two are siblings: the least that stands for a range of leaves. */
export interface CompactRange {
  append(node: HashedNode): void;
  /** The root, where the row began at leaf 0. */
  root(): Buffer;
}

export function createCompactRange(): CompactRange {
  const nodes: HashedNode[] = [];
  return {
    append(node) {
      let last = node;
      for (let left = nodes.at(-1); left && areSiblings(left, last); left = nodes.at(-1)) {
        nodes.pop();
        last = { level: last.level + 1, index: left.index / 2, hash: nodeHash(left.hash, last.hash) };
      }
      nodes.push(last);
    },
    root: () => joinFromRight(nodes.map(({ hash }) => hash)),
  };
}

function areSiblings(left: Node, right: Node): boolean {
  return left.level === right.level && left.index % 2 === 0 && right.index === left.index + 1;
}
