import type { SuppressionCheck } from '../checks/check.ts';

const example = {
  bad: '# surety: ignore P06 until 2020-01-01: the image of the vendor runs as root\n',
  good: '# surety: ignore P06 until 2027-01-31: the image of the vendor runs as root\n',
};

export const unusedSuppression: SuppressionCheck = {
  id: 'X01',
  of: 'suppression',
  title: 'A suppression covers nothing',
  severity: 'low',
  why: 'What it let stand is mended, or it never fitted; left there, it would hide the next one.',
  fix: 'Take it out, or mend what it names.',
  references: [],
  example,
};

export const expiredSuppression: SuppressionCheck = {
  id: 'X02',
  of: 'suppression',
  title: 'A suppression has ended',
  severity: 'medium',
  why: 'Somebody promised to mend it by then.',
  fix: 'Mend the finding, or decide anew and write another date and reason.',
  references: [],
  example,
};

export const malformedSuppression: SuppressionCheck = {
  id: 'X03',
  of: 'suppression',
  title: 'A suppression cannot be read',
  severity: 'medium',
  why: 'Whoever wrote it believes that it counts.',
  fix: 'Write it as "P06 until 2027-01-31: the reason".',
  references: [],
  example: { ...example, bad: '# surety: ignore P06\n' },
};
