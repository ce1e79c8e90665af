import type { Report } from '../report.ts';
import { foundChecks, formatReferences } from './found-checks.ts';
import { summarize } from './summary.ts';

/** The report as one JSON document; the shape is part of the interface and documented in docs/scan.md. */
export function formatJson(report: Report): string {
  const { evaluated, findings, suppressed, notEvaluated } = report;
  const document = {
    evaluated,
    findings,
    checks: Object.fromEntries(
      foundChecks(report).map((check) => [
        check.id,
        { title: check.title, why: check.why, references: formatReferences(check) },
      ]),
    ),
    suppressed: suppressed.map(({ finding, reason, until }) => ({ ...finding, reason, until })),
    notEvaluated: notEvaluated.map(({ failed: _failed, ...rest }) => rest),
    summary: summarize(report),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
