import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { corpusSettings, scanTexts } from '../../../../test/support/posture.ts';
import { scan } from '../scan.ts';
import { findFiles } from './walk.ts';
import { readYaml } from './yaml.ts';

const pod = (name: string, more = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  containers: [{name: app, image: x${more}}]\n`;

const reasonsOf = (files: Readonly<Record<string, string | Buffer>>) => scanTexts(files).report.notEvaluated;

describe('reading manifests', () => {
  it('names a broken document with its place, and evaluates the others of the file and of the folder', () => {
    const { report } = scanTexts({
      'a.yaml': `${pod('first')}---\nkind: [Pod\n---\n${pod('third')}`,
      'b.yaml': pod('other'),
    });
    assert.deepEqual(
      report.evaluated.map(({ name }) => name),
      ['first', 'third', 'other'],
    );
    const [problem] = report.notEvaluated;
    assert.equal(report.notEvaluated.length, 1);
    assert.equal(problem?.failed, true);
    assert.ok((problem.line ?? 0) >= 7 && (problem.line ?? 0) <= 8, String(problem.line));
  });

  it('aliases that expand without bound are named, and cost nothing', () => {
    const laughs = Array.from({ length: 12 }, (_, index) =>
      index === 0
        ? 'a0: &a0 [x, x]'
        : `a${index}: &a${index} [${Array(9)
            .fill(`*a${index - 1}`)
            .join(', ')}]`,
    ).join('\n');
    const [problem] = reasonsOf({ 'a.yaml': `${laughs}\n` });
    assert.equal(problem?.reason, 'its aliases expand without bound');
    assert.equal(problem.failed, true);
  });

  it('a key that stands twice is named at its second place, since readers differ in which one counts', () => {
    const [problem] = reasonsOf({ 'a.yaml': 'apiVersion: v1\nkind: Pod\nkind: Deployment\n' });
    assert.deepEqual(
      [problem?.reason, problem?.line, problem?.column, problem?.failed],
      ['the key kind stands twice', 3, 1, true],
    );
  });

  it('tabs as indentation are named', () => {
    const [problem] = reasonsOf({ 'a.yaml': 'apiVersion: v1\nspec:\n\tcontainers: []\n' });
    assert.equal(problem?.failed, true);
    assert.equal(problem.line, 3);
  });

  it('UTF-16 with a byte order mark is read; binaries and other encodings are named', () => {
    const text = pod('wide');
    const little = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    const big = Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]);
    const marked = Buffer.from(`\uFEFF${text}`);
    const { report } = scanTexts({
      '1.yaml': little,
      '2.yaml': big,
      '3.yaml': marked,
      '4.yaml': Buffer.from([0x7f, 0x45, 0, 1]),
      '5.yaml': Buffer.from('name: caf\xe9', 'latin1'),
    });
    assert.deepEqual(
      report.evaluated.map(({ file }) => file),
      ['1.yaml', '2.yaml', '3.yaml'],
    );
    assert.deepEqual(
      report.notEvaluated.map(({ file, reason, failed }) => [file, reason, failed]),
      [
        ['4.yaml', 'it is no text', true],
        ['5.yaml', 'it is neither UTF-8 nor UTF-16 with a byte order mark', true],
      ],
    );
  });

  it('nesting without end is named with its line and does not end the scan', () => {
    const deep = `a: ${'['.repeat(20_000)}`;
    const steps = Array.from({ length: 600 }, (_, index) => `${' '.repeat(index)}a:`).join('\n');
    const { report } = scanTexts({ 'a.yaml': `b: 1\n${deep}`, 'b.yaml': steps, 'c.yaml': pod('fine') });
    assert.deepEqual(
      report.notEvaluated.map(({ file, line, failed }) => [file, line, failed]),
      [
        ['a.yaml', 2, true],
        ['b.yaml', 402, true],
      ],
    );
    assert.equal(report.evaluated.length, 1);
  });

  it('takes yes and on for true, as kubectl does', () => {
    for (const word of ['yes', 'on', 'True']) {
      const { report } = scanTexts({ 'a.yaml': pod('a', `, securityContext: {privileged: ${word}}`) });
      assert.ok(
        report.findings.some(({ check }) => check === 'P01'),
        word,
      );
    }
  });

  it('follows anchors and merges', () => {
    const text = `apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
    - {name: one, image: x, securityContext: &risky {privileged: true}}
    - {name: two, image: x, securityContext: *risky}
    - {name: three, image: x, securityContext: {<<: *risky}}
    - {name: four, image: x, securityContext: {<<: *risky, privileged: false}}
`;
    const { report } = scanTexts({ 'a.yaml': text });
    assert.deepEqual(report.notEvaluated, []);
    const found = report.findings.filter(({ check }) => check === 'P01');
    assert.deepEqual(
      found.map(({ container }) => container),
      ['one', 'two', 'three'],
    );
  });

  it('gives JSON places too', () => {
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', spec: { hostPID: true } }, undefined, 2);
    const found = scanTexts({ 'a.json': text }).report.findings.find(({ check }) => check === 'P02');
    assert.deepEqual([found?.line, found?.column], [5, 5]);
  });

  it('reads no document where there is none', () => {
    assert.deepEqual(readYaml(''), { documents: [], problems: [] });
    assert.deepEqual(readYaml('---\n# nothing\n---\n').documents, []);
  });

  it('a custom resource, and a kind in a version that is not known, are named as not evaluated', () => {
    const { report } = scanTexts({
      'a.yaml': 'apiVersion: example.com/v1\nkind: Agent\nmetadata: {name: x}\n',
      'b.yaml': 'apiVersion: apps/v9\nkind: Deployment\nmetadata: {name: api}\nspec: {}\n',
      'c.yaml': pod('known'),
      'd.yaml': 'hello: world\n',
    });
    assert.deepEqual(
      report.notEvaluated.map(({ file, reason, failed }) => [file, reason.replace(/, no .*/, ''), failed]),
      [
        ['a.yaml', 'no check knows the kind Agent of example.com/v1 (x)', false],
        ['b.yaml', 'no check knows the kind Deployment of apps/v9 (api)', false],
        ['d.yaml', 'd.yaml holds no resource of Kubernetes', false],
      ],
    );
    assert.deepEqual(
      report.evaluated.map(({ name }) => name),
      ['known'],
    );
  });
});

describe('templates', () => {
  const reason = 'it is a template; scan what it becomes: helm template CHART | surety scan -';

  it('are named with what to do, whether or not they happen to be YAML', () => {
    const chart = mkdtempSync(join(tmpdir(), 'surety-chart-'));
    mkdirSync(join(chart, 'templates/more'), { recursive: true });
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: x\n');
    writeFileSync(join(chart, 'templates/a.yaml'), pod('"{{ .Release.Name }}"'));
    writeFileSync(join(chart, 'templates/more/b.yaml'), `{{- if .Values.on }}\n${pod('b')}{{- end }}\n`);
    writeFileSync(join(chart, 'templates/c.yaml'), pod('plain'));
    const { report } = scan([chart], corpusSettings);
    const failed = report.notEvaluated.filter((one) => one.failed);
    assert.deepEqual(
      failed.map((one) => [one.file.slice(chart.length), one.reason]),
      [
        ['/templates/a.yaml', reason],
        ['/templates/more/b.yaml', reason],
      ],
    );
    assert.deepEqual(
      report.evaluated.map(({ name }) => name),
      ['plain'],
    );
  });

  it('braces in a text make no template', () => {
    const alert =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: alerts}\ndata:\n  a: "{{ $labels.pod }} is down"\n';
    const { report } = scanTexts({ 'a.yaml': alert });
    assert.deepEqual(report.notEvaluated, []);
    assert.equal(report.evaluated.length, 1);
  });
});

describe('finding files', () => {
  const yaml = { isWanted: (name: string): boolean => name.endsWith('.yaml'), othersUpTo: 100 };
  const wanted = (file: string) => ({ file, isWanted: true });

  it('ends where links lead in a circle, and takes each file once', () => {
    const folder = mkdtempSync(join(tmpdir(), 'surety-walk-'));
    mkdirSync(join(folder, 'in'));
    writeFileSync(join(folder, 'in/a.yaml'), '');
    symlinkSync(folder, join(folder, 'in/up'));
    symlinkSync(join(folder, 'in/a.yaml'), join(folder, 'z.yaml'));
    symlinkSync('self.yaml', join(folder, 'self.yaml'));
    symlinkSync('gone', join(folder, 'gone-link'));
    const { files, notEvaluated } = findFiles([folder, folder], yaml);
    assert.deepEqual(files, [wanted(join(folder, 'in/a.yaml'))]);
    assert.deepEqual(
      notEvaluated.map(({ reason }) => reason),
      ['its links lead in a circle'],
    );
  });

  it('a file of 33 MB is named and not read, and one that is not there is named', () => {
    const folder = mkdtempSync(join(tmpdir(), 'surety-walk-'));
    writeFileSync(join(folder, 'a.yaml'), '');
    truncateSync(join(folder, 'a.yaml'), 33 * 1024 * 1024);
    const { files, notEvaluated } = findFiles([folder, join(folder, 'none')], yaml);
    assert.deepEqual(files, []);
    assert.deepEqual(
      notEvaluated.map(({ reason, failed }) => [reason, failed]),
      [
        ['larger than 32 MiB', true],
        ['there is no such file', true],
      ],
    );
  });

  it('passes over folders in which nothing is deployed, and takes a named file whatever it is called', () => {
    const folder = mkdtempSync(join(tmpdir(), 'surety-walk-'));
    for (const name of ['.git', 'node_modules']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'a.yaml'), '');
    }
    writeFileSync(join(folder, 'manifest'), '');
    assert.deepEqual(findFiles([folder], yaml).files, [{ file: join(folder, 'manifest'), isWanted: false }]);
    assert.deepEqual(findFiles([join(folder, 'manifest')], yaml).files, [wanted(join(folder, 'manifest'))]);
  });

  it('takes other files too, up to their size, and one of them as wanted where a link calls it so', () => {
    const folder = mkdtempSync(join(tmpdir(), 'surety-walk-'));
    writeFileSync(join(folder, 'a.txt'), 'small');
    writeFileSync(join(folder, 'b.txt'), 'x'.repeat(101));
    writeFileSync(join(folder, 'c.txt'), 'kind: Pod');
    symlinkSync('c.txt', join(folder, 'd.yaml'));
    assert.deepEqual(findFiles([folder], yaml).files, [
      wanted(join(folder, 'd.yaml')),
      { file: join(folder, 'a.txt'), isWanted: false },
    ]);
  });

  it('standard input is bounded as files are', () => {
    const { report } = scan(['-'], corpusSettings, { input: Buffer.alloc(33 * 1024 * 1024, 0x20) });
    assert.deepEqual(report.notEvaluated, [{ file: '-', reason: 'larger than 32 MiB', failed: true }]);
    assert.equal(
      scan(['-'], corpusSettings, { input: Buffer.from(pod('in')) }).report.evaluated[0]?.name,
      'in',
    );
  });
});
