import { crc32 } from 'node:zlib';
import { withRoom } from '../growing-memory.ts';
import { longestEntryBytes } from '../tree/bundle.ts';

/**
 * The journal's bytes. A segment begins with a header that says from which index on it counts; then come frames, each one
 * batch of entries that became durable together. In a frame every entry stands behind one zero byte, which divides them (JSON
 * text holds none) and is at once the prefix of the leaf's hash. The checksum finds torn writes; tampering is the
 * tree's affair.
 */
const magic = Buffer.from('surety-journal-1');
export const segmentHeaderBytes = magic.length + 16;
const frameHeadBytes = 20;
const divider = 0;

export const entryPrefixBytes = 1;

export interface SegmentHeader {
  /** Counts up; a later segment overrules an earlier one from its start index on. */
  readonly sequence: number;
  readonly start: number;
}

export interface Frame {
  readonly start: number;
  /** Each with its prefix byte. */
  readonly entries: readonly Buffer[];
}

export interface Segment {
  readonly header: SegmentHeader;
  readonly frames: readonly Frame[];
  /** Bytes behind the last whole frame that are neither a frame nor room laid by. */
  readonly tornBytes: number;
  /** Whole frames lie behind a broken one: no crash does that, since each frame is synced before the next is written. */
  readonly damaged: boolean;
}

export function encodeSegmentHeader({ sequence, start }: SegmentHeader): Buffer {
  const header = Buffer.alloc(segmentHeaderBytes);
  magic.copy(header);
  header.writeUInt32BE(sequence, magic.length);
  writeIndex(header, start, magic.length + 4);
  header.writeUInt32BE(crc32(header.subarray(0, -4)), segmentHeaderBytes - 4);
  return header;
}

/** What a UTF-16 unit takes in UTF-8 at most, so that no text needs counting before it is written. */
const mostBytesPerUnit = 3;
const smallestFrame = 4096;

/**
 * A frame that entries are written into as they come, and whose head is written last (`closeFrame`). In memory of its own, so that it can be handed
 * to another thread without being copied, and comes back to be used again. A class, because one is made for every batch.
 */
export class OpenFrame {
  #memory: Buffer<ArrayBuffer>;
  #end = frameHeadBytes;

  /** `expectedBytes`: a guess, which spares moving what was written. `used`: memory of a frame that nobody needs any more, taken where it is large enough. */
  constructor(expectedBytes = 0, used?: ArrayBuffer) {
    const bytes = Math.max(expectedBytes, smallestFrame);
    this.#memory = used && used.byteLength >= bytes ? Buffer.from(used) : Buffer.allocUnsafeSlow(bytes);
  }

  get length(): number {
    return this.#end;
  }

  /** An entry's JSON. */
  add(text: string): void {
    const need = this.#end + 1 + text.length * mostBytesPerUnit;
    this.#memory = withRoom(this.#memory, this.#end, need);
    this.#memory[this.#end] = divider;
    this.#end += 1 + this.#memory.write(text, this.#end + 1);
  }

  /** The frame without its head. Nothing may be added after. */
  take(): Buffer<ArrayBuffer> {
    return this.#memory.subarray(0, this.#end);
  }
}

/** Writes the head of an open frame, now that it is known where its entries stand. Returns them, each with its prefix byte. */
export function closeFrame(frame: Buffer, start: number): Buffer[] {
  const entries = splitEntries(frame.subarray(frameHeadBytes));
  frame.writeUInt32BE(frame.length - frameHeadBytes, 0);
  frame.writeUInt32BE(entries.length, 4);
  writeIndex(frame, start, 8);
  frame.writeUInt32BE(frameChecksum(frame), 16);
  return entries;
}

export function decodeSegment(bytes: Buffer): Segment | undefined {
  if (bytes.length < segmentHeaderBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  if (bytes.readUInt32BE(segmentHeaderBytes - 4) !== crc32(bytes.subarray(0, segmentHeaderBytes - 4)))
    return undefined;
  const header = { sequence: bytes.readUInt32BE(magic.length), start: readIndex(bytes, magic.length + 4) };
  const frames: Frame[] = [];
  let offset = segmentHeaderBytes;
  let next = header.start;
  for (;;) {
    const frame = decodeFrame(bytes.subarray(offset));
    if (frame?.start !== next) break;
    frames.push(frame);
    next += frame.entries.length;
    offset += frameHeadBytes + frame.entries.reduce((total, entry) => total + entry.length, 0);
  }
  // Zeros at the end are room laid by for frames to come.
  const written = bytes.subarray(0, Math.max(offset, endOfContent(bytes)));
  return {
    header,
    frames,
    tornBytes: written.length - offset,
    damaged: holdsFrameAfter(written, offset, next),
  };
}

function endOfContent(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}

function holdsFrameAfter(bytes: Buffer, broken: number, next: number): boolean {
  for (let offset = broken + 1; offset + frameHeadBytes < bytes.length; offset++) {
    // The index of a later frame is a little higher: that spares the checksum nearly everywhere.
    const isNear = readIndex(bytes, offset + 8) - next <= bytes.length && readIndex(bytes, offset + 8) > next;
    if (isNear && decodeFrame(bytes.subarray(offset))) return true;
  }
  return false;
}

function decodeFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < frameHeadBytes) return undefined;
  const end = frameHeadBytes + bytes.readUInt32BE(0);
  if (end > bytes.length) return undefined;
  const frame = bytes.subarray(0, end);
  if (frame.readUInt32BE(16) !== frameChecksum(frame)) return undefined;
  const start = readIndex(frame, 8);
  // The first entry stands behind a divider like any other.
  if (!Number.isSafeInteger(start) || frame[frameHeadBytes] !== divider) return undefined;
  const entries = splitEntries(frame.subarray(frameHeadBytes));
  return entries.length === frame.readUInt32BE(4) && entries.every(isOfLength)
    ? { start, entries }
    : undefined;
}

/** An entry, with its prefix byte, that a bundle can hold. */
function isOfLength({ length }: Buffer): boolean {
  return length > entryPrefixBytes && length <= entryPrefixBytes + longestEntryBytes;
}

function frameChecksum(frame: Buffer): number {
  return crc32(frame.subarray(frameHeadBytes), crc32(frame.subarray(0, 16)));
}

function splitEntries(payload: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  let begin = 0;
  while (begin < payload.length) {
    const next = payload.indexOf(divider, begin + 1);
    const end = next < 0 ? payload.length : next;
    entries.push(payload.subarray(begin, end));
    begin = end;
  }
  return entries;
}

function writeIndex(target: Buffer, index: number, offset: number): void {
  target.writeBigUInt64BE(BigInt(index), offset);
}

function readIndex(source: Buffer, offset: number): number {
  return Number(source.readBigUInt64BE(offset));
}
