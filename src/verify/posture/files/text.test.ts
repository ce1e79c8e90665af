import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogue } from '../../../enforce/privacy/index.ts';
import { corpusSettings, scanTexts } from '../../../../test/support/posture.ts';
import { checks } from '../checks/catalogue.ts';

const password = 'c0rrect-horse-canary';
const line = `url = postgres://app:${password}@db:5432/orders`;

describe('the search of files for credentials', () => {
  it('has one check for every detector of secrets, and none for others', () => {
    const named = checks.flatMap((check) => (check.of === 'text' ? check.detectors : []));
    const secret = catalogue.filter(({ family }) => family === 'secret').map(({ name }) => name);
    assert.deepEqual(named.toSorted(), secret.toSorted());
  });

  it('looks into every text below a folder and says where, and never what', () => {
    const { report } = scanTexts({ 'app.ini': `[db]\r\n\r\n  ${line}\r\n`, 'notes.md': 'hello' });
    assert.deepEqual(
      report.findings.map(({ check, file, line: at, column }) => [check, file, at, column]),
      [['S03', 'app.ini', 3, 9]],
    );
    assert.ok(!JSON.stringify(report).includes('canary'));
    assert.equal(report.searched, 2);
    assert.deepEqual(report.evaluated, []);
  });

  it('reads UTF-16, and passes over what is no text and what is too large for anybody to have written', () => {
    const { report } = scanTexts({
      'wide.txt': Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(line, 'utf16le')]),
      'picture.png': Buffer.from([0x89, 0x50, 0, 0, 1]),
      'dump.sql': Buffer.from(`${'-- x\n'.repeat(300_000)}${line}`),
    });
    assert.deepEqual(
      report.findings.map(({ file }) => file),
      ['wide.txt'],
    );
    assert.deepEqual([report.searched, report.notEvaluated], [1, []]);
  });

  it('does not tell again what the check of its place tells', () => {
    const manifest = `apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\nstringData:\n  ${line.replace(' =', ':')}\n`;
    const { report } = scanTexts({
      'a.yaml': manifest,
      Dockerfile: `FROM scratch\nENV PASSWORD=${password}\n`,
    });
    const told = report.findings.map(({ check }) => check).filter((id) => /^(S|D02)/.test(id));
    assert.deepEqual(told.toSorted(), ['D02', 'S05']);
  });

  it('finds stand that a comment answers for; of comments about other checks nothing is said', () => {
    const said = '# surety: ignore S03 until 2027-01-31: a database of the tests alone';
    const { report } = scanTexts({
      'a.ini': `${said}\n${line}\n`,
      'b.ini': `${said.replace('2027', '2025')}\n${line}\n`,
      'guide.md':
        '    # surety: ignore P33 until 2027-01-31: pinned in the next release\n    # surety: ignore P33\n',
    });
    assert.deepEqual(
      report.findings.map(({ check, file }) => [check, file]),
      [
        ['S03', 'b.ini'],
        ['X02', 'b.ini'],
      ],
    );
    assert.equal(report.suppressed.length, 1);
  });

  it('takes ten megabytes of what nearly are credentials in its stride', () => {
    const near = 'password = ghp_ sk- eyJ AKIA postgres://a:b -----BEGIN ';
    const text = near.repeat(Math.floor((1024 * 1024) / near.length));
    const files = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`${index}.txt`, text]));
    assert.deepEqual(scanTexts(files, corpusSettings).report.findings, []);
  });
});
