import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { scanTexts } from '../../../../test/support/posture.ts';
import { checks } from '../checks/catalogue.ts';
import { formatJson } from './json.ts';
import { formatJunit } from './junit.ts';
import { formatMarkdown } from './markdown.ts';
import { formatSarif } from './sarif.ts';
import { formatText } from './text.ts';

/** Names that mean something in each format. */
const hostile = '<b>|`*"&\'</failure>]]>\u001b[2J\u202e\nsecond';
const manifest = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: hostile, namespace: 'prod' },
  spec: {
    hostPID: true,
    containers: [{ name: hostile, image: hostile, securityContext: { privileged: true } }],
  },
});
const suppressed = `apiVersion: v1
kind: Pod
metadata:
  name: b
  annotations: {surety.dev/ignore: "P02 until 2027-01-31: it watches the processes"}
spec: {hostPID: true, containers: []}
`;
const { report } = scanTexts({
  'a file & more.json': manifest,
  'b.yaml': suppressed,
  'c.yaml': 'a: [1\n',
  'd.yaml': 'apiVersion: example.com/v1\nkind: Own\n',
});

/**
 * The parts of the JSON schema of SARIF 2.1.0 (OASIS, sarif-schema-2.1.0.json) that the report uses, closed as its objects are
 * (`additionalProperties: false`).
 */
const text = z.strictObject({ text: z.string().min(1) });
const level = z.enum(['none', 'note', 'warning', 'error']);
const location = z.strictObject({
  physicalLocation: z.strictObject({
    artifactLocation: z.strictObject({ uri: z.string().regex(/^[A-Za-z0-9%._~!$&'()*+,;=:@/-]+$/) }),
    region: z.strictObject({ startLine: z.int().min(1), startColumn: z.int().min(1).optional() }),
  }),
  logicalLocations: z.array(z.strictObject({ fullyQualifiedName: z.string() })).optional(),
});
const rule = z.strictObject({
  id: z.string().min(1),
  name: z.string().regex(/^[A-Za-z0-9]+$/),
  shortDescription: text,
  fullDescription: text,
  help: text,
  defaultConfiguration: z.strictObject({ level }),
  properties: z.looseObject({ tags: z.array(z.string()) }),
});
const result = z.strictObject({
  ruleId: z.string(),
  ruleIndex: z.int().min(-1),
  level,
  message: text,
  locations: z.array(location),
  partialFingerprints: z.record(z.string(), z.string()),
  suppressions: z
    .array(z.strictObject({ kind: z.enum(['inSource', 'external']), justification: z.string() }))
    .optional(),
});
const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.array(
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string(),
          semanticVersion: z.string(),
          rules: z.array(rule).refine((rules) => new Set(rules.map(({ id }) => id)).size === rules.length),
        }),
      }),
      invocations: z.array(
        z.strictObject({
          executionSuccessful: z.boolean(),
          toolExecutionNotifications: z.array(
            z.strictObject({ level, message: text, locations: z.array(location) }),
          ),
        }),
      ),
      results: z.array(result),
    }),
  ),
});

describe('the formats of a report', () => {
  it('SARIF keeps the schema of 2.1.0, with every check as a rule and every finding at its rule', () => {
    const document = JSON.parse(formatSarif(report, { checks, base: '/', version: '1.2.3' })) as unknown;
    const [run] = sarif.parse(document).runs;
    assert.ok(run);
    assert.equal(run.results.length, report.findings.length + report.suppressed.length);
    for (const { ruleId, ruleIndex } of run.results)
      assert.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId);
    assert.equal(run.results.filter((one) => one.suppressions).length, 1);
    assert.equal(run.invocations[0]?.executionSuccessful, false);
    assert.equal(run.invocations[0].toolExecutionNotifications.length, 2);
  });

  it('SARIF has two findings of one check in one place as one fingerprint, and else different ones', () => {
    const document = JSON.parse(formatSarif(report, { checks, base: '/', version: '1.2.3' })) as unknown;
    const prints = sarif
      .parse(document)
      .runs[0]?.results.map((one) => Object.values(one.partialFingerprints)[0]);
    assert.equal(new Set(prints).size, prints?.length);
  });

  it('JUnit is well-formed whatever names hold', () => {
    const xml = formatJunit(report);
    // oxlint-disable-next-line no-control-regex -- what XML 1.0 has no place for
    assert.doesNotMatch(xml, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
    assert.doesNotMatch(xml.replace(/&#\d+;/g, ''), /&/);
    const stack: string[] = [];
    const rest = xml.replace(/^<\?xml [^>]*\?>/, '');
    const markup = /<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g;
    for (const [, close, name, , empty] of rest.matchAll(markup)) {
      if (close) assert.equal(stack.pop(), name);
      else if (!empty) stack.push(name ?? '');
    }
    assert.deepEqual(stack, []);
    assert.doesNotMatch(rest.replace(markup, ''), /[<>]/);
    assert.match(xml, /<testsuites tests="3" failures="2" errors="1">/);
  });

  it('a table of Markdown cannot be broken or left by names', () => {
    const rows = formatMarkdown(report)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    assert.equal(rows.length, report.findings.length + 2);
    for (const row of rows) {
      assert.equal(row.replace(/\\./g, '').split('|').length, 7, row);
      assert.doesNotMatch(row.replace(/\\./g, ''), /[<>`\p{C}]/u);
    }
  });

  it('the text for people lets no control character through', () => {
    const shown = formatText(report, (_style, one) => one);
    // oxlint-disable-next-line no-control-regex -- these
    assert.doesNotMatch(shown, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    assert.match(shown, /Could not be evaluated:\n {2}c\.yaml:\d+:\d+: /);
    assert.match(shown, /Not evaluated:\n {2}d\.yaml:1:1|d\.yaml:1: no check knows the kind Own/);
    assert.match(shown, /1 suppressed; 2 not evaluated, 1 of which should have been\n$/);
  });

  it('JSON has what docs/scan.md says, and counts what it holds', () => {
    const document = JSON.parse(formatJson(report)) as Record<string, unknown[]> & { summary: object };
    assert.deepEqual(Object.keys(document), [
      'evaluated',
      'findings',
      'suppressed',
      'notEvaluated',
      'summary',
    ]);
    const severityOf = (severity: string): number =>
      report.findings.filter((one) => one.severity === severity).length;
    assert.deepEqual(document.summary, {
      searched: 4,
      evaluated: 2,
      findings: {
        critical: severityOf('critical'),
        high: severityOf('high'),
        medium: severityOf('medium'),
        low: severityOf('low'),
      },
      suppressed: 1,
      notEvaluated: 2,
      failed: 1,
    });
    assert.ok(severityOf('critical') > 0);
  });
});
