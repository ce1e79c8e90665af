import type { TextCheck } from '../check.ts';

export const s04: TextCheck = {
  id: 'S04',
  of: 'text',
  title: 'A signed token in a file',
  severity: 'medium',
  why: 'Until it ends, whoever reads it may do what its owner may; many are made without an end.',
  fix: 'Revoke the token where it can be, and get tokens when they are needed, from their issuer.',
  references: [],
  example: {
    bad: 'TOKEN=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJ…\n',
    good: 'TOKEN=${TOKEN}\n',
  },
  detectors: ['jwt'],
};
