import { wholeBundlesIn } from '../tree/tiles.ts';

/** Entries with their prefix bytes, from the beginning of the bundle the newest checkpoint ends in. */
export interface Tail {
  /** The index of the first entry held. */
  readonly base: number;
  readonly end: number;
  /** Bytes held in memory, which grow without bound if integrating fails for long: the engine watches it. */
  readonly bytes: number;
  append(entries: readonly Buffer[]): void;
  /** Entries by index; the range must lie within what is held. */
  slice(begin: number, end: number): Buffer[];
  /** Forgets the bundles that end at or before this size. */
  forgetBefore(size: number): void;
}

export function createTail(base: number, start: readonly Buffer[]): Tail {
  let first = base;
  let held: Buffer[] = [...start];
  let bytes = lengthOf(held);
  return {
    get base() {
      return first;
    },
    get end() {
      return first + held.length;
    },
    get bytes() {
      return bytes;
    },
    append(entries) {
      for (const entry of entries) held.push(entry);
      bytes += lengthOf(entries);
    },
    slice(begin, end) {
      if (begin < first || end > first + held.length)
        throw new RangeError(`The tail does not hold ${begin} to ${end}.`);
      return held.slice(begin - first, end - first);
    },
    forgetBefore(size) {
      const keep = wholeBundlesIn(size);
      bytes -= lengthOf(held.slice(0, keep - first));
      held = held.slice(keep - first);
      first = keep;
    },
  };
}

function lengthOf(entries: readonly Buffer[]): number {
  let length = 0;
  for (const entry of entries) length += entry.length;
  return length;
}
