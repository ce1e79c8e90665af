import { hash } from 'node:crypto';

/** SHA-256, the one hash of RFC 6962 and of tlog-tiles. */
export const hashBytes = 32;

const leafPrefix = 0x00;
const nodePrefix = 0x01;

/** The root of the tree without leaves (RFC 6962 section 2.1). */
export function emptyRoot(): Buffer {
  return digest(new Uint8Array());
}

/** SHA-256(00 ‖ data). The prefixes keep a leaf from being passed off as a node. */
export function leafHash(data: Uint8Array): Buffer {
  const prefixed = Buffer.allocUnsafe(data.length + 1);
  prefixed[0] = leafPrefix;
  prefixed.set(data, 1);
  return digest(prefixed);
}

/** Writes the hash of a leaf whose data already stands behind its prefix byte: the append path copies nothing. */
export function writeLeafHash(prefixed: Uint8Array, target: Buffer, offset: number): void {
  target.write(binaryDigest(prefixed), offset, 'latin1');
}

/** SHA-256(01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const node = Buffer.allocUnsafe(1 + 2 * hashBytes);
  node[0] = nodePrefix;
  node.set(left, 1);
  node.set(right, 1 + hashBytes);
  return digest(node);
}

/**
 * The Merkle tree hash of a row of concatenated hashes. Pairing from below and lifting an odd last node unchanged gives the
 * tree of RFC 6962, whose left subtree is the largest power of two.
 */
export function merkleRoot(hashes: Uint8Array): Buffer {
  let width = hashes.length / hashBytes;
  if (width < 1 || !Number.isInteger(width))
    throw new RangeError('A Merkle root needs one or more whole hashes.');
  const row = Buffer.from(hashes);
  const node = Buffer.alloc(1 + 2 * hashBytes, nodePrefix);
  while (width > 1) {
    const pairs = Math.floor(width / 2);
    for (let pair = 0; pair < pairs; pair++) {
      row.copy(node, 1, pair * 2 * hashBytes, (pair + 1) * 2 * hashBytes);
      row.write(binaryDigest(node), pair * hashBytes, 'latin1');
    }
    if (width % 2 === 1) row.copy(row, pairs * hashBytes, (width - 1) * hashBytes, width * hashBytes);
    width = Math.ceil(width / 2);
  }
  return row.subarray(0, hashBytes);
}

function digest(bytes: Uint8Array): Buffer {
  return Buffer.from(binaryDigest(bytes), 'latin1');
}

/** One-shot hashing to a Latin-1 string takes half as long as to a Buffer, whose allocation costs more than the hash. */
function binaryDigest(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'binary');
}
