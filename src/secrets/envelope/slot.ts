import { createHash } from 'node:crypto';

/** One key in the file of keys: wrapped, with what it is found by. Never a name in the clear. */
export interface Slot {
  /** 16 random bytes. */
  readonly id: Buffer;
  /** A keyed hash of purpose and name: what a key is found by. */
  readonly lookup: Buffer;
  readonly purpose: string;
  readonly createdAt: number;
  /** The UTC day, counted from 1970, on which it was last asked for. */
  readonly seenDay: number;
  readonly masterId: string;
  readonly wrapped: Buffer;
  /** The name, sealed under the key itself. */
  readonly name: Buffer;
}

/** A power of two, so that a slot never lies across two pages of the disk's cache. */
export const slotBytes = 1024;
export const longestNameBytes = 512;
export const seenDayAt = 4;

const magic = 0x534b;
const format = 1;
const live = 1;
const checksumAt = 88;
const checksumBytes = 8;
const bodyAt = 96;
const purposeBytes = 16;
const most = { masterId: 64, wrapped: 304, name: 560 };

/**
 * 0 magic, format, state; 4 seen day (outside the checksum, because it alone is written in place); 8 made at; 16 id; 32 lookup; 64 purpose;
 * 80 lengths; 88 checksum; 96 version of the master key, wrapped key, sealed name.
 */
export function encodeSlot(slot: Slot): Buffer {
  const bytes = Buffer.alloc(slotBytes);
  const masterId = Buffer.from(slot.masterId);
  const purpose = Buffer.from(slot.purpose);
  const tooLong =
    masterId.length > most.masterId ||
    slot.wrapped.length > most.wrapped ||
    slot.name.length > most.name ||
    purpose.length > purposeBytes;
  if (tooLong) throw new RangeError('A key does not fit its slot.');
  bytes.writeUInt16BE(magic, 0);
  bytes[2] = format;
  bytes[3] = live;
  bytes.writeUInt32BE(slot.seenDay, seenDayAt);
  bytes.writeBigUInt64BE(BigInt(slot.createdAt), 8);
  slot.id.copy(bytes, 16);
  slot.lookup.copy(bytes, 32);
  purpose.copy(bytes, 64);
  bytes.writeUInt16BE(masterId.length, 80);
  bytes.writeUInt16BE(slot.wrapped.length, 82);
  bytes.writeUInt16BE(slot.name.length, 84);
  Buffer.concat([masterId, slot.wrapped, slot.name]).copy(bytes, bodyAt);
  checksum(bytes).copy(bytes, checksumAt);
  return bytes;
}

/** `empty` was never used, or its key was destroyed; `damaged` was torn by a crash or changed. */
export function decodeSlot(bytes: Buffer): Slot | 'empty' | 'damaged' {
  if (bytes.every((byte) => byte === 0)) return 'empty';
  if (
    bytes.length !== slotBytes ||
    bytes.readUInt16BE(0) !== magic ||
    bytes[2] !== format ||
    bytes[3] !== live
  )
    return 'damaged';
  if (!checksum(bytes).equals(bytes.subarray(checksumAt, checksumAt + checksumBytes))) return 'damaged';
  const [masterId = 0, wrapped = 0, name = 0] = [80, 82, 84].map((at) => bytes.readUInt16BE(at));
  const part = (from: number, length: number) => Buffer.from(bytes.subarray(from, from + length));
  return {
    id: part(16, 16),
    lookup: part(32, 32),
    purpose: part(64, purposeBytes).toString().replace(/\0+$/, ''),
    createdAt: Number(bytes.readBigUInt64BE(8)),
    seenDay: bytes.readUInt32BE(seenDayAt),
    masterId: part(bodyAt, masterId).toString(),
    wrapped: part(bodyAt + masterId, wrapped),
    name: part(bodyAt + masterId + wrapped, name),
  };
}

function checksum(bytes: Buffer): Buffer {
  const hash = createHash('sha256').update(bytes.subarray(8, checksumAt)).update(bytes.subarray(bodyAt));
  return hash.digest().subarray(0, checksumBytes);
}
