import type { TextCheck } from '../check.ts';

export const s03: TextCheck = {
  id: 'S03',
  of: 'text',
  title: 'A password in a file',
  severity: 'high',
  why: 'Whoever can read the repository, its history or a copy of it has the password, and so has every place it was used in again.',
  fix: 'Change the password; taking it out of the file leaves it in the history. Read it from a secret store or from the environment.',
  references: [],
  example: {
    bad: 'DATABASE_URL=postgres://app:c0rrect-horse@db:5432/orders\n',
    good: 'DATABASE_URL=postgres://app:${DB_PASSWORD}@db:5432/orders\n',
  },
  detectors: ['connection-string', 'password', 'url-credentials'],
};
