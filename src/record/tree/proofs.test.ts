import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCompactRange } from './compact.ts';
import { createGrowingTree } from './growing.ts';
import { emptyRoot, hashBytes, leafHash, merkleRoot, nodeHash } from './hash.ts';
import {
  consistencyRanges,
  hashRange,
  inclusionRanges,
  isConsistent,
  rangeNodes,
  type ReadNode,
  rootOfInclusion,
} from './proofs.ts';
import { type HashTile, nodesFromTiles, tileWidth } from './tiles.ts';

/** RFC 6962 section 2.1, word for word, to hold everything else against. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return emptyRoot();
  if (leaves.length === 1 && leaves[0]) return leaves[0];
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)));
}

const sizes = 300;
const leaves = Array.from({ length: sizes }, (_, index) => leafHash(Buffer.from(`entry ${index}`)));
const roots = Array.from({ length: sizes + 1 }, (_, size) => naiveRoot(leaves.slice(0, size)));
const readNode: ReadNode = ({ level, index }) =>
  naiveRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));
const cache = new Map<string, Buffer>();
const cachedNode: ReadNode = (node) => {
  const key = `${node.level}/${node.index}`;
  const hash = cache.get(key) ?? readNode(node);
  cache.set(key, hash);
  return hash;
};

function rootAt(size: number): Buffer {
  const root = roots[size];
  assert.ok(root);
  return root;
}

test('the hashes are those of RFC 6962: the empty tree and the tree of one empty leaf', () => {
  assert.equal(
    emptyRoot().toString('hex'),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  assert.equal(
    leafHash(Buffer.alloc(0)).toString('hex'),
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
});

test('a leaf cannot pass for a node', () => {
  const [left, right] = [leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))];
  assert.notDeepEqual(leafHash(Buffer.concat([left, right])), nodeHash(left, right));
});

test('the root of every size is that of the naive tree', () => {
  for (let size = 1; size <= sizes; size++) {
    assert.deepEqual(merkleRoot(Buffer.concat(leaves.slice(0, size))), roots[size]);
    assert.deepEqual(hashRange({ begin: 0, end: size }, cachedNode), roots[size]);
  }
});

test('every entry of every size has a proof that leads to the root', () => {
  for (let size = 1; size <= sizes; size++) {
    for (let index = 0; index < size; index++) {
      const hashes = inclusionRanges(index, size).map((range) => hashRange(range, cachedNode));
      const leaf = leaves[index];
      assert.ok(leaf);
      if (!rootOfInclusion({ index, size, leaf, hashes })?.equals(rootAt(size)))
        assert.fail(`entry ${index} of ${size}`);
    }
  }
});

test('every size is proved consistent with every later one', () => {
  for (let second = 1; second <= sizes; second += second < 70 ? 1 : 7) {
    for (let first = 1; first <= second; first++) {
      const hashes = consistencyRanges(first, second).map((range) => hashRange(range, cachedNode));
      const trees = {
        first: { size: first, root: rootAt(first) },
        second: { size: second, root: rootAt(second) },
      };
      if (!isConsistent({ ...trees, hashes })) assert.fail(`${first} to ${second}`);
    }
  }
});

test('a proof for another entry, another size, or with a changed, missing or added hash is refused', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: sizes }),
      fc.nat(),
      fc.nat(),
      fc.nat(255),
      (size, seed, at, change) => {
        const index = seed % size;
        const leaf = leaves[index];
        assert.ok(leaf);
        const hashes = inclusionRanges(index, size).map((range) => hashRange(range, cachedNode));
        const leads = (given: Partial<Parameters<typeof rootOfInclusion>[0]>) =>
          rootOfInclusion({ index, size, leaf, hashes, ...given })?.equals(rootAt(size)) === true;
        assert.ok(leads({}));
        assert.ok(!leads({ index: (index + 1) % size }));
        assert.ok(!leads({ hashes: hashes.slice(1) }));
        assert.ok(!leads({ hashes: [...hashes, leaf] }));
        assert.ok(!leads({ leaf: leafHash(Buffer.from('another')) }));
        const changed = hashes.map((hash) => Buffer.from(hash));
        const victim = changed[at % changed.length];
        assert.ok(victim);
        victim[at % hashBytes] = (victim[at % hashBytes] ?? 0) ^ (change || 1);
        assert.ok(!leads({ hashes: changed }));
      },
    ),
  );
});

test('a consistency proof from the empty tree is refused, because it would prove nothing (RFC 9162)', () => {
  assert.throws(() => consistencyRanges(0, 5), RangeError);
  assert.ok(
    !isConsistent({
      first: { size: 0, root: emptyRoot() },
      second: { size: 5, root: rootAt(5) },
      hashes: [],
    }),
  );
});

test('a forked tree is not consistent, whatever proof is shown', () => {
  const other = naiveRoot([leafHash(Buffer.from('forged')), ...leaves.slice(1, 5)]);
  for (let second = 5; second <= 40; second++) {
    const hashes = consistencyRanges(5, second).map((range) => hashRange(range, cachedNode));
    assert.ok(
      !isConsistent({
        first: { size: 5, root: other },
        second: { size: second, root: rootAt(second) },
        hashes,
      }),
    );
  }
});

test('malformed sizes and hashes are refused without throwing', () => {
  const leaf = leaves[0];
  assert.ok(leaf);
  assert.equal(rootOfInclusion({ index: -1, size: 1, leaf, hashes: [] }), undefined);
  assert.equal(rootOfInclusion({ index: 1.5, size: 3, leaf, hashes: [] }), undefined);
  assert.equal(rootOfInclusion({ index: 0, size: 2, leaf, hashes: [Buffer.alloc(31)] }), undefined);
  assert.equal(rootOfInclusion({ index: 0, size: 0, leaf, hashes: [] }), undefined);
});

test('a tree that grows tile by tile has the root and the nodes of the naive one, from any start', () => {
  const many = Array.from({ length: 70_000 }, (_, index) => Buffer.from(`\0entry ${index}`));
  const tiles = new Map<string, Buffer>();
  const keep = (tree: ReturnType<typeof createGrowingTree>) => {
    for (const { level, index, bytes } of [...tree.finishedTiles(), ...tree.growingTiles()])
      tiles.set(`${level}/${index}`, bytes);
  };
  const readTile = ({ level, index }: Pick<HashTile, 'level' | 'index'>) =>
    tiles.get(`${level}/${index}`) ?? Buffer.alloc(0);
  const tree = createGrowingTree({ size: 0, readEdge: readTile });
  tree.append(many.slice(0, 65_500));
  keep(tree);
  const resumed = createGrowingTree({ size: 65_500, readEdge: readTile });
  assert.deepEqual(resumed.root(), tree.root());
  for (const upTo of [65_535, 65_536, 65_537, 70_000]) {
    resumed.append(many.slice(resumed.size, upTo));
    keep(resumed);
    const hashes = many.slice(0, upTo).map((entry) => leafHash(entry.subarray(1)));
    assert.deepEqual(resumed.root(), merkleRoot(Buffer.concat(hashes)));
    const whole = upTo - (upTo % tileWidth);
    assert.deepEqual(resumed.root(whole), merkleRoot(Buffer.concat(hashes.slice(0, whole))));
    const read = nodesFromTiles(upTo, readTile);
    for (const index of [0, tileWidth - 1, tileWidth, upTo - 1]) {
      const proof = inclusionRanges(index, upTo).map((range) => hashRange(range, read));
      assert.deepEqual(
        rootOfInclusion({ index, size: upTo, leaf: hashes[index] ?? Buffer.alloc(0), hashes: proof }),
        resumed.root(),
      );
    }
  }
});

test('any range with the hashes beside it makes up the root', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: sizes }), fc.nat(), fc.nat(), (size, a, b) => {
      const [begin, end] = [a % (size + 1), b % (size + 1)].sort((x, y) => x - y) as [number, number];
      const range = createCompactRange();
      const add = (span: { begin: number; end: number }) => {
        for (const node of rangeNodes(span)) range.append({ ...node, hash: cachedNode(node) });
      };
      add({ begin: 0, end: begin });
      for (let index = begin; index < end; index++)
        range.append({ level: 0, index, hash: cachedNode({ level: 0, index }) });
      add({ begin: end, end: size });
      assert.deepEqual(range.root(), rootAt(size));
    }),
  );
});
