import { isIPv6 } from 'node:net';
import type { Confidence, Detector, Place, Span, Wait } from '../detector.ts';
import { classOf, hex, isAlphanumeric } from '../scan/characters.ts';

const octets = ['9', '99', '999'];
const pictures = octets.flatMap((a) =>
  octets.flatMap((b) => octets.flatMap((c) => octets.map((d) => `${a}.${b}.${c}.${d}`))),
);

/** Loopback, this network and broadcast say nothing about anybody. */
const nobody = /^(?:0|127)\.|^255\.255\.255\.255$/;

/** The octets as they stood, which the picture tells. */
function octetsOf(digits: string, picture: string): number[] | undefined {
  let at = 0;
  const parts = picture.split('.').map(({ length }) => digits.slice(at, (at += length)));
  if (parts.some((part) => Number(part) > 255 || (part.length > 1 && part.startsWith('0')))) return undefined;
  return nobody.test(parts.join('.')) ? undefined : parts.map(Number);
}

/** Four small numbers are more often a version. */
function judgeOctets(digits: string, picture: string): boolean | Confidence {
  const found = octetsOf(digits, picture);
  if (!found) return false;
  return found.some((octet) => octet > 30) ? { alone: 0.7, near: 0.95 } : true;
}

const longestAddress = 45;

function findAddress({ text, at, wordStart, wordEnd, end }: Place): Span | Wait | undefined {
  if (text.charCodeAt(wordEnd) !== 0x3a && text.charCodeAt(wordStart - 1) !== 0x3a) return undefined;
  let colons = 0;
  let start = wordStart;
  for (; start > 0 && at - start < longestAddress; start--) {
    const code = text.charCodeAt(start - 1);
    if (code === colon) colons++;
    else if (!isPart(code)) break;
  }
  let stop = wordEnd;
  for (; stop < end && stop - start <= longestAddress; stop++) {
    const code = text.charCodeAt(stop);
    if (code === colon) colons++;
    else if (!isPart(code)) break;
  }
  if (stop - start > longestAddress) return undefined;
  const touches = stop >= end;
  // Times and pairs have one.
  if (colons < 2 && !touches) return undefined;
  while (stop > start && (text.charCodeAt(stop - 1) === 0x2e || text.charCodeAt(stop - 1) === 0x3a)) {
    if (text.charCodeAt(stop - 2) === 0x3a) break;
    stop--;
  }
  const address = text.slice(start, stop);
  const joined = isAlphanumeric(text.charCodeAt(start - 1)) || isAlphanumeric(text.charCodeAt(stop));
  // Times and pairs have colons too; an address has seven, or two in a row.
  const mayBe = address.length > 5 && (address.includes('::') || address.split(':').length > 6);
  const counts = mayBe && !joined && isIPv6(address) && !/^[0:]*:[01]?$/.test(address);
  const span = counts ? { start, end: stop } : undefined;
  return touches ? { waitFrom: start, span } : span;
}

const colon = 0x3a;
/** Of an address, beside colons. */
const isPart = (code: number): boolean => code === 0x2e || (classOf(code) & hex) !== 0;

export const ip: Detector = {
  name: 'ip',
  title: 'IP address',
  family: 'network',
  class: 'internal',
  examples: ['203.0.113.77', '2001:db8:85a3::8a2e:370:7334'],
  context: [
    'ip',
    'ipv4',
    'ipv6',
    'address',
    'host',
    'server',
    'client',
    'from',
    'adresse',
    'dirección',
    'indirizzo',
  ],
  rules: [
    { kind: 'picture', pictures, confidence: { near: 0.7 }, check: judgeOctets },
    {
      kind: 'wake',
      wake: 'digits',
      word: { length: [1, 4], letters: [0, 3] },
      confidence: { alone: 0.9 },
      find: findAddress,
    },
    { kind: 'wake', wake: 'colons', confidence: { alone: 0.9 }, find: findAddress },
  ],
};
