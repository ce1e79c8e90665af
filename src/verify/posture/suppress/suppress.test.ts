import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { corpusSettings, scanTexts } from '../../../../test/support/posture.ts';
import type { PostureSettings } from '../checks/check.ts';
import type { Report } from '../report.ts';
import { parseStatement } from './statement.ts';

interface Written {
  /** Lines of annotations. */
  readonly annotations?: string;
  /** Behind hostPID, and in the line above it. */
  readonly inLine?: string;
  readonly above?: string;
}

const podOf = ({ annotations = '', inLine = '', above = '' }: Written): string => `apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations:
    x: y
${annotations}spec:
  ${above}
  hostPID: true ${inLine}
  containers:
    - {name: one, image: x, securityContext: {privileged: true}}
    - {name: two, image: x, securityContext: {privileged: true}}
`;

function reportOf(written: Written, more: Partial<PostureSettings> = {}): Report {
  return scanTexts({ 'a.yaml': podOf(written) }, { ...corpusSettings, ...more }).report;
}

const open = ({ findings }: Report, check: string) => findings.filter((one) => one.check === check);
const silenced = ({ suppressed }: Report) =>
  suppressed.map(({ finding, reason, until }) => [finding.check, finding.container, reason, until]);

const good = 'P02 until 2027-01-31: it watches the processes of the node';
const why = 'it watches the processes of the node';

describe('letting a finding stand', () => {
  for (const [where, written] of [
    ['a comment in its line', { inLine: `# surety: ignore ${good}` }],
    ['a comment alone above it', { above: `# surety: ignore ${good}` }],
    ['two comments above it', { above: `# surety: ignore ${good}\n  # and more` }],
    ['an annotation', { annotations: `    surety.dev/ignore: "${good}"\n` }],
    ['an annotation of several lines', { annotations: `    surety.dev/ignore: |\n      ${good}\n\n` }],
  ] as const) {
    it(`${where} takes it out of the findings and keeps its reason and end`, () => {
      const report = reportOf(written);
      assert.deepEqual(silenced(report), [['P02', undefined, why, '2027-01-31']]);
      assert.deepEqual(open(report, 'P02'), []);
      assert.deepEqual(open(report, 'X01'), []);
    });
  }

  it('an annotation for one container leaves the other', () => {
    const report = reportOf({
      annotations: '    surety.dev/ignore.two: "P01 until 2027-01-31: the vendor has to mend it"\n',
    });
    assert.deepEqual(silenced(report), [['P01', 'two', 'the vendor has to mend it', '2027-01-31']]);
    assert.deepEqual(
      open(report, 'P01').map(({ container }) => container),
      ['one'],
    );
  });

  it('counts on its last day and not on the next, when it is a finding itself', () => {
    const written = { inLine: `# surety: ignore ${good}` };
    assert.equal(silenced(reportOf(written, { today: '2027-01-31' })).length, 1);
    const after = reportOf(written, { today: '2027-02-01' });
    assert.deepEqual(silenced(after), []);
    assert.equal(open(after, 'P02').length, 1);
    assert.deepEqual(
      open(after, 'X02').map(({ line, severity }) => [line, severity]),
      [[9, 'medium']],
    );
  });

  it('one that covers nothing is told, at its place', () => {
    const report = reportOf({ inLine: '# surety: ignore P19 until 2027-01-31: there was a port once' });
    assert.deepEqual(
      open(report, 'X01').map(({ line, column }) => [line, column]),
      [[9, 17]],
    );
    assert.equal(open(report, 'P02').length, 1);
  });

  it('one without reason, end or check covers nothing and is told', () => {
    for (const said of [
      'P02',
      'P02 until 2027-01-31',
      'P02 until 2027-01-31: short',
      'P02 until 2027-02-30: the thirtieth of February',
      'P02: for ever and ever, because I say so',
      'all until 2027-01-31: everything here is fine',
    ]) {
      assert.ok('problem' in parseStatement(said), said);
      const report = reportOf({ inLine: `# surety: ignore ${said}` });
      assert.equal(open(report, 'P02').length, 1, said);
      assert.equal(open(report, 'X03').length, 1, said);
    }
  });

  it('the policy lets stand by check, file, kind, name and container, and each of them narrows', () => {
    const rule = {
      check: 'P01',
      reason: 'the vendor has to mend it',
      until: '2027-01-31',
      place: { file: 'surety.yaml', line: 1, column: 1 },
    };
    const count = (more: object): number =>
      silenced(reportOf({}, { ignored: [{ ...rule, ...more }] })).length;
    assert.equal(count({}), 2);
    assert.equal(count({ file: 'a.yaml', kind: 'Pod', name: 'a' }), 2);
    assert.equal(count({ container: 'one' }), 1);
    for (const more of [{ file: 'b.yaml' }, { kind: 'Job' }, { name: 'b' }, { container: 'x' }])
      assert.equal(count(more), 0, JSON.stringify(more));
  });
});
