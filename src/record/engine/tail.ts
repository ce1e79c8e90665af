import { GrowingBundle } from '../tree/bundle.ts';
import { tileWidth, wholeBundlesIn } from '../tree/tiles.ts';
import { entryPrefixBytes } from './frames.ts';

/** The bundles that are not on disk yet, or not whole, from the one the newest checkpoint ends in: as they will be written, so that frames are held no longer than until they are durable. */
export interface Tail {
  /** The index of the first entry held. */
  readonly base: number;
  /** Bytes of entries that no checkpoint covers, held in memory: they grow without bound if integrating fails for long, so the engine watches them. */
  readonly waitingBytes: number;
  /** Entries stand behind their prefix byte. */
  append(entries: readonly Buffer[]): void;
  /** The first `width` entries of a bundle, encoded; they must be among those held. */
  bundle(index: number, width: number): Buffer;
  /** Forgets the bundles that end at or before this size. */
  forgetBefore(size: number): void;
}

/** By how much a bundle may be longer than the one before it without being moved in memory. */
const shortfallBytes = 4096;

/** Memory of bundles that are on disk, kept for those to come: collected and made anew it would be most of what the engine spends on memory. */
const mostSpareBytes = 16 * 1024 * 1024;

/** `base`: where a bundle begins. */
export function createTail(base: number, start: readonly Buffer[]): Tail {
  let first = base;
  let held: GrowingBundle[] = [];
  let bytes = 0;
  const spare: GrowingBundle[] = [];
  let spareBytes = 0;

  const next = (before: GrowingBundle | undefined): GrowingBundle => {
    // Most often about as long as the one before.
    const begun = reuse() ?? new GrowingBundle(before && before.bytes + shortfallBytes);
    held.push(begun);
    return begun;
  };

  const reuse = (): GrowingBundle | undefined => {
    const bundle = spare.pop();
    spareBytes -= bundle?.room ?? 0;
    return bundle;
  };

  const release = (bundle: GrowingBundle) => {
    bytes -= bundle.bytes;
    if (spareBytes + bundle.room > mostSpareBytes) return;
    bundle.clear();
    spare.push(bundle);
    spareBytes += bundle.room;
  };

  const append = (entries: readonly Buffer[]) => {
    for (const entry of entries) {
      const newest = held.at(-1);
      const bundle = newest && newest.width < tileWidth ? newest : next(newest);
      bytes -= bundle.bytes;
      bundle.add(entry, entryPrefixBytes);
      bytes += bundle.bytes;
    }
  };

  append(start);
  /** Of the first bundle, those that a checkpoint covers. */
  let signedBytes = bytes;
  return {
    get base() {
      return first;
    },
    get waitingBytes() {
      return bytes - signedBytes;
    },
    append,
    bundle(index, width) {
      const bundle = held[index - first / tileWidth];
      if (!bundle) throw new RangeError(`The tail does not hold bundle ${index}.`);
      return bundle.encoded(width);
    },
    forgetBefore(size) {
      const keep = wholeBundlesIn(size);
      const gone = held.slice(0, (keep - first) / tileWidth);
      held = held.slice(gone.length);
      for (const bundle of gone) release(bundle);
      first = keep;
      signedBytes = held[0]?.bytesOf(size - keep) ?? 0;
    },
  };
}
