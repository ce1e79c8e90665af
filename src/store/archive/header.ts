import { Fault } from '../../kernel/index.ts';

/** POSIX.1-1988 ustar, as far as a data folder needs it: plain files with short names, and sizes beyond 8 GiB as GNU tar writes them. */
export const blockBytes = 512;

export interface ArchivedFile {
  readonly name: string;
  readonly bytes: number;
}

const nameBytes = 100;
const sizeAt = 124;
const sizeBytes = 12;
const checksumAt = 148;
const checksumBytes = 8;
const largestOctal = 0o77777777777;
/** Below it a path has nothing that a file system, a shell or a reader takes for anything but a name. */
const plainName = /^(?!\.{1,2}(?:\/|$))[\w.-]+(?:\/(?!\.{1,2}(?:\/|$))[\w.-]+)*$/;

export function isPlainName(name: string): boolean {
  return name.length <= nameBytes && plainName.test(name);
}

export function writeHeader({ name, bytes }: ArchivedFile): Buffer {
  if (!isPlainName(name))
    throw new Fault('internal', { detail: 'A file of the data folder has a strange name.' });
  const header = Buffer.alloc(blockBytes);
  header.write(name, 0, 'ascii');
  header.write('0000600\0', 100, 'ascii');
  header.write('0000000\0', 108, 'ascii');
  header.write('0000000\0', 116, 'ascii');
  if (bytes <= largestOctal)
    header.write(`${bytes.toString(8).padStart(sizeBytes - 1, '0')}\0`, sizeAt, 'ascii');
  else {
    header[sizeAt] = 0x80;
    header.writeBigUInt64BE(BigInt(bytes), sizeAt + 4);
  }
  header.write('00000000000\0', 136, 'ascii');
  header.write('0', 156, 'ascii');
  header.write('ustar\x0000', 257, 'ascii');
  header.write(`${checksumOf(header).toString(8).padStart(6, '0')}\0 `, checksumAt, 'ascii');
  return header;
}

/** The sum of all bytes, those of the sum itself taken as spaces. */
function checksumOf(header: Buffer): number {
  let sum = 0;
  for (let index = 0; index < blockBytes; index++) {
    const isOwn = index >= checksumAt && index < checksumAt + checksumBytes;
    sum += isOwn ? 0x20 : (header[index] ?? 0);
  }
  return sum;
}

/** Undefined for the block of zeros at the end. Whatever else than a plain file stands there is refused. */
export function readHeader(header: Buffer): ArchivedFile | undefined {
  if (header.every((byte) => byte === 0)) return undefined;
  const text = (from: number, length: number): string =>
    header.toString('latin1', from, from + length).replace(/\0.*$/s, '');
  const stated = Number.parseInt(text(checksumAt, checksumBytes).trim(), 8);
  const name = text(0, nameBytes);
  const isUstar = text(257, 5) === 'ustar' && text(345, 155) === '';
  if (stated !== checksumOf(header) || !isUstar || text(156, 1) !== '0' || !isPlainName(name))
    throw new Fault('data.unusable', {
      detail: 'What came is no backup: a header of the archive is not as Surety writes it.',
    });
  return { name, bytes: sizeOf(header, text(sizeAt, sizeBytes)) };
}

function sizeOf(header: Buffer, octal: string): number {
  const isLarge = header.readUInt32BE(sizeAt) === 0x8000_0000;
  const plain = /^[0-7]{11}$/.test(octal) ? Number.parseInt(octal, 8) : Number.NaN;
  const bytes = isLarge ? Number(header.readBigUInt64BE(sizeAt + 4)) : plain;
  if (!Number.isSafeInteger(bytes) || (isLarge && bytes <= largestOctal))
    throw new Fault('data.unusable', { detail: 'What came is no backup: a size in the archive is none.' });
  return bytes;
}

/** Zeros up to the next block. */
export function paddingOf(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes;
}
