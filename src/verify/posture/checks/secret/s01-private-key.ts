import type { TextCheck } from '../check.ts';

export const s01: TextCheck = {
  id: 'S01',
  of: 'text',
  title: 'A private key in a file',
  severity: 'critical',
  why: 'Whoever can read the repository, its history or a copy of it can act as whoever the key belongs to.',
  fix: 'Make another key and revoke this one; taking it out of the file leaves it in the history. Keep keys in a secret store.',
  references: [],
  example: {
    bad: '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI…\n-----END PRIVATE KEY-----\n',
    good: 'credential: file:/run/secrets/tls.key\n',
  },
  detectors: ['private-key'],
};
