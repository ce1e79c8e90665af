import type { Report } from '../report.ts';
import { summarize } from './summary.ts';

/** The report as one JSON document; the shape is part of the interface and documented in docs/scan.md. */
export function formatJson({ evaluated, findings, suppressed, notEvaluated }: Report): string {
  const document = {
    evaluated,
    findings,
    suppressed: suppressed.map(({ finding, reason, until }) => ({ ...finding, reason, until })),
    notEvaluated: notEvaluated.map(({ failed: _failed, ...rest }) => rest),
    summary: summarize({ evaluated, findings, suppressed, notEvaluated }),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
