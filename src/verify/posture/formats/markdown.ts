import { type Report, severities } from '../report.ts';
import { shown, subjectText, summarize } from './summary.ts';

/** A cell of a table: no character of it can end the cell, the line or the code span. */
function cell(text: string): string {
  return shown(text.replace(/[\r\n]+/g, ' ')).replace(/[\\|`*_<>[\]]/g, (character) => `\\${character}`);
}

/** For a comment on a pull request. */
export function formatMarkdown(report: Report): string {
  const { searched, evaluated, findings, suppressed, failed } = summarize(report);
  const counts = severities.toReversed().map((severity) => `${findings[severity]} ${severity}`);
  const lines = [
    '## surety scan',
    '',
    `${evaluated} evaluated, ${searched} files searched for credentials: ${counts.join(', ')}; ${suppressed} suppressed; ${failed} could not be evaluated.`,
    '',
  ];
  if (report.findings.length > 0) {
    lines.push('| severity | check | where | what | how to mend it |', '|---|---|---|---|---|');
    for (const finding of report.findings) {
      const { severity, check, file, line, message, fix } = finding;
      const where = `${file}:${line} ${subjectText(finding)}`;
      lines.push(`| ${[severity, check, where, message, fix].map(cell).join(' | ')} |`);
    }
    lines.push('');
  }
  const unread = report.notEvaluated.filter((one) => one.failed);
  if (unread.length > 0) {
    lines.push('### Could not be evaluated', '');
    for (const { file, line, reason } of unread)
      lines.push(`- ${cell(line === undefined ? file : `${file}:${line}`)}: ${cell(reason)}`);
    lines.push('');
  }
  return lines.join('\n');
}
