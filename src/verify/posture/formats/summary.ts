import { type Report, severities, type Severity } from '../report.ts';

export interface Summary {
  /** Files searched for credentials. */
  readonly searched: number;
  readonly evaluated: number;
  readonly findings: Readonly<Record<Severity, number>>;
  readonly suppressed: number;
  readonly notEvaluated: number;
  /** Of these, what should have been evaluated. */
  readonly failed: number;
}

export function summarize({ searched, evaluated, findings, suppressed, notEvaluated }: Report): Summary {
  const count = (severity: Severity): number => findings.filter((one) => one.severity === severity).length;
  return {
    searched,
    evaluated: evaluated.length,
    findings: {
      critical: count('critical'),
      high: count('high'),
      medium: count('medium'),
      low: count('low'),
    },
    suppressed: suppressed.length,
    notEvaluated: notEvaluated.length,
    failed: notEvaluated.filter(({ failed }) => failed).length,
  };
}

/** Whether a severity is at least another. */
export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(threshold);
}

/** `Deployment prod/api`, and the container where it is about one. */
export function subjectText({ kind, namespace, name, container }: Report['findings'][number]): string {
  const owner = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name ?? ''}`.trim();
  return container === undefined ? owner : `${owner}, container ${container}`;
}

/** What manifests say may hold anything: control characters could move the cursor, hide or turn what stands there. */
export function shown(text: string): string {
  return text.replace(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
