import { crc32 } from 'node:zlib';
import type { Detector } from '../detector.ts';
import { encodeBase62 } from '../../../kernel/index.ts';

/** Prefix, 33 digits, and six that are the CRC-32 of what stands before them: a key of ours or a very unlikely accident. */
function hasChecksum(key: string): boolean {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(key.slice(0, -6)));
  return encodeBase62(bytes, 6) === key.slice(-6);
}

const unsealed = `sty_${'0'.repeat(33)}`;
const bytes = Buffer.alloc(4);
bytes.writeUInt32BE(crc32(unsealed));

export const suretyKey: Detector = {
  name: 'surety-key',
  title: 'Key of Surety (caller or operator)',
  family: 'secret',
  class: 'restricted',
  examples: [unsealed + encodeBase62(bytes, 6)],
  rules: [
    {
      kind: 'literal',
      literals: ['sty_', 'sto_'],
      pattern: /st[yo]_[0-9A-Za-z]{39}(?![0-9A-Za-z])/y,
      longest: 44,
      confidence: { alone: 1 },
      check: hasChecksum,
    },
  ],
};
