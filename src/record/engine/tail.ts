import { GrowingBundle } from '../tree/bundle.ts';
import { tileWidth, wholeBundlesIn } from '../tree/tiles.ts';
import { entryPrefixBytes } from './frames.ts';

/** The bundles that are not on disk yet, or not whole, from the one the newest checkpoint ends in: as they will be written, so that frames are held no longer than until they are durable. */
export interface Tail {
  /** The index of the first entry held. */
  readonly base: number;
  /** Bytes held in memory, which grow without bound if integrating fails for long: the engine watches it. */
  readonly bytes: number;
  /** Entries stand behind their prefix byte. */
  append(entries: readonly Buffer[]): void;
  /** The first `width` entries of a bundle, encoded; they must be among those held. */
  bundle(index: number, width: number): Buffer;
  /** Forgets the bundles that end at or before this size. */
  forgetBefore(size: number): void;
}

/** By how much a bundle may be longer than the one before it without being moved in memory. */
const shortfallBytes = 4096;

/** `base`: where a bundle begins. */
export function createTail(base: number, start: readonly Buffer[]): Tail {
  let first = base;
  let held: GrowingBundle[] = [];
  let newest: GrowingBundle | undefined;
  let bytes = 0;

  const next = (): GrowingBundle => {
    // Most often about as long as the one before.
    const begun = new GrowingBundle(newest === undefined ? 0 : newest.bytes + shortfallBytes);
    held.push(begun);
    newest = begun;
    return begun;
  };

  const append = (entries: readonly Buffer[]) => {
    for (const entry of entries) {
      const bundle = newest === undefined || newest.width === tileWidth ? next() : newest;
      const before = bundle.bytes;
      bundle.add(entry, entryPrefixBytes);
      bytes += bundle.bytes - before;
    }
  };

  append(start);
  return {
    get base() {
      return first;
    },
    get bytes() {
      return bytes;
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
      for (const bundle of gone) bytes -= bundle.bytes;
      held = held.slice(gone.length);
      first = keep;
    },
  };
}
