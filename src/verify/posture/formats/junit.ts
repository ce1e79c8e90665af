import type { Finding, Report } from '../report.ts';
import { subjectText } from './summary.ts';

/** XML 1.0 has no place for other control characters, escaped or not. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

type Named = Pick<Finding, 'file' | 'kind' | 'namespace' | 'name'>;

const keyOf = ({ file, kind, namespace, name }: Named): string =>
  JSON.stringify([file, kind, namespace, name]);

/**
 * JUnit's XML, for CI systems that show it: a test case for each thing evaluated, failed by its findings; one for each file with findings of its
 * own, such as credentials; an error for what could not be evaluated.
 */
export function formatJunit(report: Report): string {
  const findings = Map.groupBy(report.findings, keyOf);
  const subjects = new Map<string, Named & { readonly line: number }>();
  for (const one of [...report.evaluated, ...report.findings])
    if (!subjects.has(keyOf(one))) subjects.set(keyOf(one), one);
  const cases = [...subjects].map(([key, { file, line, kind, namespace, name }]) => {
    const failures = (findings.get(key) ?? []).map(
      (finding) =>
        `      <failure type="${escapeXml(finding.check)}" message="${escapeXml(finding.message)}">${escapeXml(
          `${finding.file}:${finding.line}:${finding.column} ${subjectText(finding)} ${finding.path}\n${finding.message}\n${finding.fix}`,
        )}</failure>\n`,
    );
    const label = escapeXml([kind, namespace, name].filter(Boolean).join(' '));
    const open = `    <testcase classname="${escapeXml(file)}" name="${label}" file="${escapeXml(file)}" line="${line}"`;
    return failures.length === 0 ? `${open}/>\n` : `${open}>\n${failures.join('')}    </testcase>\n`;
  });
  const errors = report.notEvaluated
    .filter(({ failed }) => failed)
    .map(
      ({ file, line = 1, reason }) =>
        `    <testcase classname="${escapeXml(file)}" name="readable" file="${escapeXml(file)}" line="${line}">\n      <error message="${escapeXml(reason)}"/>\n    </testcase>\n`,
    );
  const failed = cases.filter((text) => text.includes('<failure')).length;
  const counts = `tests="${cases.length + errors.length}" failures="${failed}" errors="${errors.length}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts}>\n  <testsuite name="surety scan" ${counts}>\n${cases.join('')}${errors.join('')}  </testsuite>\n</testsuites>\n`;
}
