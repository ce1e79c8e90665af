import type { Finding, Report, Severity } from '../report.ts';
import { severities } from '../report.ts';
import type { Check } from '../checks/check.ts';
import { formatReferences, foundChecks } from './found-checks.ts';
import { shown, subjectText, summarize } from './summary.ts';

/** Styles a text for a terminal; leaves it as it is elsewhere. */
export type Paint = (style: 'bold' | 'dim' | 'red' | 'yellow' | 'cyan' | 'green', text: string) => string;

const paints: Readonly<Record<Severity, Parameters<Paint>[0]>> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
};

/** For people: by file, worst first in each; what was not evaluated at the end, so that nobody takes it for clean. */
export function formatText(report: Report, paint: Paint): string {
  const byFile = Map.groupBy(report.findings, ({ file }) => file);
  const lines: string[] = [];
  for (const [file, findings] of byFile) {
    lines.push(paint('bold', shown(file)));
    for (const finding of findings.toSorted(worstFirst)) lines.push(...findingLines(finding, paint));
    lines.push('');
  }
  for (const [index, check] of foundChecks({ ...report, suppressed: [] }).entries()) {
    if (index === 0) lines.push('Why it matters:');
    lines.push(...whyLines(check, paint));
  }
  if (report.findings.length > 0) lines.push('');
  const failed = report.notEvaluated.filter((one) => one.failed);
  const others = report.notEvaluated.filter((one) => !one.failed);
  const place = ({ file, line, column }: Report['notEvaluated'][number]): string =>
    shown([file, line, column].filter((part) => part !== undefined).join(':'));
  if (failed.length > 0) {
    lines.push(paint('red', 'Could not be evaluated:'));
    for (const one of failed) lines.push(`  ${place(one)}: ${shown(one.reason)}`);
    lines.push('');
  }
  if (others.length > 0) {
    lines.push('Not evaluated:');
    for (const one of others) lines.push(paint('dim', `  ${place(one)}: ${shown(one.reason)}`));
    lines.push('');
  }
  return `${[...lines, summaryLine(report, paint)].join('\n')}\n`;
}

function worstFirst(a: Finding, b: Finding): number {
  return (
    severities.indexOf(b.severity) - severities.indexOf(a.severity) || a.line - b.line || a.column - b.column
  );
}

function findingLines(finding: Finding, paint: Paint): string[] {
  const { line, column, severity, check, path, message, fix } = finding;
  const head = `${`${line}:${column}`.padEnd(8)} ${paint(paints[severity], severity.padEnd(8))} ${check}`;
  return [
    `  ${head}  ${shown(subjectText(finding))}`,
    `           ${shown(message)}`,
    ...(path === '' ? [] : [paint('dim', `           ${shown(path)}`)]),
    paint('dim', `           ${shown(fix)}`),
  ];
}

function whyLines(check: Check, paint: Paint): string[] {
  const references = formatReferences(check);
  return [
    `  ${check.id}  ${check.why}`,
    ...(references.length > 0 ? [paint('dim', `       ${references.join(', ')}`)] : []),
  ];
}

function summaryLine(report: Report, paint: Paint): string {
  const { searched, evaluated, findings, suppressed, notEvaluated, failed } = summarize(report);
  const counts = severities
    .toReversed()
    .filter((severity) => findings[severity] > 0)
    .map((severity) => paint(paints[severity], `${findings[severity]} ${severity}`));
  const verdict =
    counts.length > 0
      ? counts.join(', ')
      : failed > 0
        ? 'no findings in them'
        : paint('green', 'no findings');
  const rest = [
    ...(suppressed > 0 ? [`${suppressed} suppressed`] : []),
    ...(notEvaluated > 0 ? [`${notEvaluated} not evaluated, ${failed} of which should have been`] : []),
  ];
  const looked = [
    ...(evaluated > 0 ? [`${evaluated} evaluated`] : []),
    `${searched} ${searched === 1 ? 'file' : 'files'} searched for credentials`,
  ];
  if (evaluated + searched === 0) return ['nothing was looked at', ...rest].join('; ');
  return [`${looked.join(', ')}: ${verdict}`, ...rest].join('; ');
}
