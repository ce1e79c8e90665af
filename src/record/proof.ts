import { type Entry, entryText } from './entry.ts';
import type { ConsistencyProof, InclusionProof } from './ledger.ts';
import { leafHash } from './tree/hash.ts';
import { decodeBase64, openNote } from './tree/note.ts';
import { isConsistent, rootOfInclusion } from './tree/proofs.ts';

/*
 * What whoever was handed a proof does with it: no ledger, no server, only the proof and a verifier key known from elsewhere.
 */

export interface CheckInclusion {
  readonly proof: InclusionProof;
  /** The entry the proof is about, as it was recorded. */
  readonly entry: Entry;
  readonly verifierKeys: readonly string[];
}

/** Whether a proof shows that this very entry is in the tree of a checkpoint one of the keys signed. */
export function checkInclusion({ proof, entry, verifierKeys }: CheckInclusion): boolean {
  const opened = openNote(proof.checkpoint, verifierKeys);
  const leaf = leafHash(Buffer.from(entryText(entry)));
  const hashes = decodeHashes(proof.hashes);
  if (!opened.ok || !hashes || leaf.toString('base64') !== proof.leafHash) return false;
  const { size, root } = opened.head;
  return (
    size === proof.treeSize &&
    rootOfInclusion({ index: proof.index, size, leaf, hashes })?.equals(root) === true
  );
}

export interface CheckConsistency {
  readonly proof: ConsistencyProof;
  /** The checkpoint kept from earlier. */
  readonly earlier: string;
  readonly verifierKeys: readonly string[];
}

/** Whether a proof shows that the ledger of an earlier checkpoint is the beginning of the newer one's. */
export function checkConsistency({ proof, earlier, verifierKeys }: CheckConsistency): boolean {
  const first = openNote(earlier, verifierKeys);
  const second = openNote(proof.checkpoint, verifierKeys);
  const hashes = decodeHashes(proof.hashes);
  if (!first.ok || !second.ok || !hashes || first.head.origin !== second.head.origin) return false;
  return isConsistent({ first: first.head, second: second.head, hashes });
}

function decodeHashes(texts: readonly string[]): Buffer[] | undefined {
  const hashes = texts.map(decodeBase64);
  return hashes.every((hash) => hash !== undefined) ? hashes : undefined;
}
