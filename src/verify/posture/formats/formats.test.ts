import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sarifSchema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import AjvDraft4 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
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

/** The JSON schema of SARIF 2.1.0 as OASIS adopted it, of draft 4, which knows what else an object may hold: nothing. */
// Its patterns are of an ECMAScript without the flag u.
const validate = new AjvDraft4.default({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats.default(validate);
const isSarif = validate.compile(sarifSchema);

interface SarifRun {
  readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
  readonly invocations: readonly [
    { readonly executionSuccessful: boolean; readonly toolExecutionNotifications: readonly unknown[] },
  ];
  readonly results: readonly {
    readonly ruleId: string;
    readonly ruleIndex: number;
    readonly locations: readonly [
      { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } },
    ];
    readonly partialFingerprints: Readonly<Record<string, string>>;
    readonly suppressions?: readonly unknown[];
  }[];
}

/** The report as SARIF, which the schema holds for valid. */
function sarifOf(of: typeof report): { document: { runs: [SarifRun] }; run: SarifRun } {
  const text = formatSarif(of, { checks, base: process.cwd(), version: '1.2.3' });
  const document = JSON.parse(text) as { runs: [SarifRun] };
  assert.ok(isSarif(document), JSON.stringify(isSarif.errors));
  return { document, run: document.runs[0] };
}

describe('the formats of a report', () => {
  it('SARIF keeps the schema of 2.1.0, with every check as a rule and every finding at its rule', () => {
    const { run } = sarifOf(report);
    const ids = run.tool.driver.rules.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(checks.map(({ id }) => id))]);
    assert.equal(run.results.length, report.findings.length + report.suppressed.length);
    for (const { ruleId, ruleIndex } of run.results) assert.equal(ids[ruleIndex], ruleId);
    assert.equal(run.results.filter((one) => one.suppressions).length, 1);
    assert.equal(run.invocations[0].executionSuccessful, false);
    assert.equal(run.invocations[0].toolExecutionNotifications.length, 2);
  });

  it('SARIF of nothing is valid, and so are names of files that mean something in a URI', () => {
    const nothing = { searched: 0, evaluated: [], findings: [], suppressed: [], notEvaluated: [] };
    assert.deepEqual(sarifOf(nothing).run.results, []);
    const names = ['a b.yaml', 'ü 😀.yaml', '#1?x=%41&y.yaml', 'c:d.yaml', '\'[{<"|>}]\\.yaml'];
    const texts = Object.fromEntries(names.map((name) => [name, manifest]));
    const { run } = sarifOf(scanTexts({ ...texts, 'no #?% kind.yaml': 'a: [1\n' }).report);
    const uris = run.results.map(({ locations }) => locations[0].physicalLocation.artifactLocation.uri);
    assert.deepEqual(new Set(uris.map(decodeURIComponent)), new Set(names));
    for (const uri of uris) assert.equal(new URL(uri, 'file:///').search + new URL(uri, 'file:///').hash, '');
  });

  it('SARIF that is broken is not held for valid', () => {
    const breaks: readonly ((run: SarifRun) => object)[] = [
      (run) => ({ ...run, extra: 1 }),
      (run) => ({ ...run, tool: {} }),
      (run) => ({ ...run, results: [{ ...run.results[0], level: 'high' }] }),
      (run) => ({ ...run, results: [{ ...run.results[0], message: {} }] }),
      (run) => ({ ...run, results: [{ ...run.results[0], suppressions: [{ kind: 'other' }] }] }),
      (run) => ({
        ...run,
        results: [
          {
            ...run.results[0],
            locations: [{ physicalLocation: { artifactLocation: { uri: 'a b.yaml' } } }],
          },
        ],
      }),
    ];
    const { document, run } = sarifOf(report);
    for (const broken of breaks)
      assert.ok(!isSarif({ ...document, runs: [broken(run)] }), `${broken.toString()} is held for valid`);
    assert.ok(!isSarif({ ...document, version: '2.0.0' }));
  });

  it('SARIF has two findings of one check in one place as one fingerprint, and else different ones', () => {
    const prints = sarifOf(report).run.results.map((one) => Object.values(one.partialFingerprints)[0]);
    assert.equal(new Set(prints).size, prints.length);
  });

  it('JUnit is well-formed whatever names hold', () => {
    const xml = formatJunit(report);
    assert.equal(xml.split('<failure ').length - 1, report.findings.length);
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
      'checks',
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
    const told = document['checks'] as unknown as Record<string, { why: string; references: string[] }>;
    const found = [...report.findings, ...report.suppressed.map(({ finding }) => finding)];
    assert.deepEqual(Object.keys(told).toSorted(), [...new Set(found.map(({ check }) => check))].toSorted());
    assert.deepEqual(told['P01']?.references, [
      'CIS Kubernetes 1.12 5.2.2',
      'Pod Security Standards by version of Kubernetes Baseline',
    ]);
  });
});
