import type { Detector } from '../detector.ts';

const longestKey = 8192;

export const privateKey: Detector = {
  name: 'private-key',
  title: 'Private key',
  family: 'secret',
  class: 'restricted',
  // The words are joined where it is read, so that no scanner takes this file for a leak.
  examples: [
    ['-----BEGIN', 'PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END', 'PRIVATE KEY-----'].join(' '),
  ],
  rules: [
    {
      kind: 'literal',
      literals: ['-----BEGIN '],
      // Also without its end: what follows the first line is key all the same.
      pattern:
        /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:(?:[^-]|-(?!-)){0,7900}-----END [A-Z0-9 ]{1,48}-----|(?:[\s\\nr]{0,8}(?:[A-Za-z0-9+/=:,. ]|-(?!-)){0,76}){0,100})/y,
      longest: longestKey,
      spaced: true,
      confidence: { alone: 1 },
    },
    {
      kind: 'literal',
      literals: ['AGE-SECRET-KEY-'],
      pattern: /AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}/y,
      longest: 80,
      confidence: { alone: 1 },
    },
    {
      kind: 'literal',
      literals: ['PuTTY-User-Key-File-'],
      pattern: /PuTTY-User-Key-File-\d: (?:[^P]|P(?!uTTY)){0,7000}?Private-MAC: [0-9a-f]{40,64}/y,
      longest: longestKey,
      spaced: true,
      confidence: { alone: 1 },
    },
  ],
};
