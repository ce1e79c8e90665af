import type { Check } from '../checks/check.ts';
import type { Finding, Suppressed } from '../report.ts';
import { expiredSuppression, malformedSuppression, unusedSuppression } from './checks.ts';
import type { MalformedSuppression, Suppression, Suppressions } from './sources.ts';

export interface Sorted {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Suppressed[];
}

/**
 * Takes out of the findings what somebody answers for. A statement past its date counts no longer, and is a finding itself; so is one that
 * covers nothing, and one that cannot be read. `today` as `2026-11-25`, in UTC.
 */
export function applySuppressions(
  findings: readonly Finding[],
  { statements, malformed }: Suppressions,
  today: string,
): Sorted {
  const used = new Set<Suppression>();
  const byCheck = Map.groupBy(statements, ({ check }) => check);
  const open: Finding[] = [];
  const suppressed: Suppressed[] = [];
  for (const finding of findings) {
    const covering = (byCheck.get(finding.check) ?? []).filter((one) => one.covers(finding));
    for (const one of covering) used.add(one);
    const valid = covering.find(({ until }) => until >= today);
    if (valid) suppressed.push({ finding, reason: valid.reason, until: valid.until });
    else open.push(finding);
  }
  return {
    suppressed,
    findings: [
      ...open,
      ...statements.flatMap((one) => aboutStatement(one, used.has(one), today)),
      ...malformed.map(aboutMalformed),
    ],
  };
}

function aboutStatement(statement: Suppression, isUsed: boolean, today: string): Finding[] {
  const { check, until } = statement;
  if (!isUsed)
    return [
      findingOf(
        unusedSuppression,
        statement,
        `Nothing is found any more that this statement about ${check} covers.`,
      ),
    ];
  if (until < today)
    return [findingOf(expiredSuppression, statement, `The statement about ${check} ended on ${until}.`)];
  return [];
}

function aboutMalformed(one: MalformedSuppression): Finding {
  return findingOf(malformedSuppression, one, `The statement cannot be read: ${one.problem}.`);
}

function findingOf(
  { id, severity, fix }: Check,
  { file, line, column }: { file: string; line: number; column: number },
  message: string,
): Finding {
  return { check: id, severity, file, line, column, path: '', kind: 'Suppression', message, fix };
}
