import { relative, sep } from 'node:path';
import type { Check } from '../checks/check.ts';
import type { Finding, Report, Severity } from '../report.ts';
import { formatReferences } from './found-checks.ts';
import { subjectText } from './summary.ts';

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
};

/** GitHub orders by this number (`security-severity`), as CVSS would. */
const securitySeverities: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '3.0',
};

/** SARIF 2.1.0 (OASIS): every check is a rule, every finding a result. Paths are relative to `base`, as code hosts want them. */
export function formatSarif(
  report: Report,
  { checks, base, version }: { checks: readonly Check[]; base: string; version: string },
): string {
  const rules = checks.map(ruleOf);
  const places = new Map(checks.map(({ id }, index) => [id, index]));
  const open = report.findings.map((finding) => resultOf(finding, places, base));
  const suppressed = report.suppressed.map(({ finding, reason, until }) => ({
    ...resultOf(finding, places, base),
    suppressions: [{ kind: 'inSource', justification: `${reason} (until ${until})` }],
  }));
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Surety', semanticVersion: version, rules } },
        invocations: [
          {
            executionSuccessful: !report.notEvaluated.some(({ failed }) => failed),
            toolExecutionNotifications: report.notEvaluated.map(({ file, line, reason, failed }) => ({
              level: failed ? 'error' : 'note',
              message: { text: `Not evaluated: ${reason}.` },
              locations: [{ physicalLocation: locationOf({ file, line: line ?? 1 }, base) }],
            })),
          },
        ],
        results: [...open, ...suppressed],
      },
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function ruleOf(check: Check): object {
  const { id, title, why, fix, severity } = check;
  return {
    id,
    name: title.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? ''),
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: fix },
    defaultConfiguration: { level: levels[severity] },
    properties: {
      'security-severity': securitySeverities[severity],
      tags: ['security', ...formatReferences(check)],
    },
  };
}

function resultOf(finding: Finding, places: ReadonlyMap<string, number>, base: string): object {
  const { check, severity, message, path, file, line, column } = finding;
  return {
    ruleId: check,
    ruleIndex: places.get(check) ?? -1,
    level: levels[severity],
    message: { text: `${subjectText(finding)}: ${message} ${finding.fix}` },
    locations: [
      {
        physicalLocation: locationOf({ file, line, column }, base),
        logicalLocations: [{ fullyQualifiedName: path }],
      },
    ],
    // The place in the resource, not the line: a finding stays the same when lines move.
    partialFingerprints: { 'suretyFinding/v1': [check, subjectText(finding), path].join(' ') },
  };
}

function locationOf(
  { file, line, column }: { file: string; line: number; column?: number },
  base: string,
): object {
  const path = relative(base, file);
  const uri = (path.startsWith('..') ? file : path).split(sep).map(encodeURIComponent).join('/');
  return {
    artifactLocation: { uri },
    region: { startLine: line, ...(column !== undefined && { startColumn: column }) },
  };
}
