import { withRoom } from '../growing-memory.ts';
import { hashBytes, writeLeafHash } from './hash.ts';

/** The length of an entry stands in 16 bits (C2SP tlog-tiles, "Log entries"). */
export const longestEntryBytes = 0xffff;

const lengthBytes = 2;
/** The prefix of a leaf's hash. */
const entryPrefixBytes = 1;
const smallestRoom = 1024;

/**
 * A bundle that grows as entries come: their bytes one after another, and no value for each. A class, because all entries on their way to the disk go
 * through it.
 */
export class GrowingBundle {
  #memory: Buffer<ArrayBuffer>;
  /** Where each entry ends. */
  readonly #ends: number[] = [];

  /** `expectedBytes`: a guess, which spares moving what was written. */
  constructor(expectedBytes = 0) {
    this.#memory = Buffer.allocUnsafeSlow(Math.max(expectedBytes, smallestRoom));
  }

  /** How many entries it holds. */
  get width(): number {
    return this.#ends.length;
  }

  get bytes(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** What its first `width` entries take. */
  bytesOf(width: number): number {
    return this.#ends[width - 1] ?? 0;
  }

  /** Adds an entry, without the first `prefixBytes` of what is given. */
  add(entry: Buffer, prefixBytes = 0): void {
    const begin = this.bytes;
    const length = entry.length - prefixBytes;
    const end = begin + lengthBytes + length;
    this.#memory = withRoom(this.#memory, begin, end);
    this.#memory.writeUInt16BE(length, begin);
    entry.copy(this.#memory, begin + lengthBytes, prefixBytes);
    this.#ends.push(end);
  }

  /** Makes it empty again. Nobody may use what it gave any more. */
  clear(): void {
    this.#ends.length = 0;
  }

  /** Bytes of memory it holds, used or not. */
  get room(): number {
    return this.#memory.length;
  }

  /** The bundle of its first `width` entries, as it stands on disk. Bytes once given stay as they are until it is cleared. */
  encoded(width = this.width): Buffer {
    if (width > this.width) throw new RangeError(`The bundle holds ${this.width} entries, not ${width}.`);
    return this.#memory.subarray(0, this.#ends[width - 1] ?? 0);
  }
}

/** The hashes of the leaves of entries that `decodeBundle` gave, one after another. */
export function hashLeaves(entries: readonly Buffer[]): Buffer {
  const hashes = Buffer.allocUnsafe(entries.length * hashBytes);
  for (const [position, entry] of entries.entries()) {
    // The byte before an entry in its bundle is the end of its length: for a moment it serves as the prefix, and nothing is copied.
    const prefixed = Buffer.from(
      entry.buffer,
      entry.byteOffset - entryPrefixBytes,
      entry.length + entryPrefixBytes,
    );
    const before = prefixed[0] ?? 0;
    prefixed[0] = 0;
    writeLeafHash(prefixed, hashes, position * hashBytes);
    prefixed[0] = before;
  }
  return hashes;
}

/** Entries as a bundle. */
export function encodeBundle(entries: readonly Buffer[]): Buffer {
  const bundle = new GrowingBundle();
  for (const entry of entries) bundle.add(entry);
  return bundle.encoded();
}

/** The entries of a bundle, or undefined where its lengths do not add up. */
export function decodeBundle(bundle: Buffer): Buffer[] | undefined {
  const entries: Buffer[] = [];
  let offset = 0;
  while (offset < bundle.length) {
    if (offset + lengthBytes > bundle.length) return undefined;
    const end = offset + lengthBytes + bundle.readUInt16BE(offset);
    if (end > bundle.length) return undefined;
    entries.push(bundle.subarray(offset + lengthBytes, end));
    offset = end;
  }
  return entries;
}
