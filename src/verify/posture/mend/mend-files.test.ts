import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { corpusSettings as settings } from '../../../../test/support/posture.ts';
import type { Finding } from '../report.ts';
import { scan } from '../scan.ts';
import { mendFiles } from './mend-files.ts';
import type { JsonPatchOperation } from './operations.ts';

const corpus = join(import.meta.dirname, '../corpus');

const keyOf = ({ check, kind, namespace, name, path }: Finding): string =>
  [check, kind, namespace, name, path].join(' ');

/** RFC 6902, the three operations that are used; throws where the RFC has an error. */
function applyOperation(root: unknown, operation: JsonPatchOperation): void {
  const parts = operation.path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = parts.pop() ?? '';
  const parent = parts.reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], root);
  assert.ok(typeof parent === 'object' && parent !== null, `no parent for ${operation.path}`);
  if (Array.isArray(parent)) {
    const place = last === '-' ? parent.length : Number(last);
    assert.ok(place <= parent.length);
    if (operation.op === 'add') parent.splice(place, 0, operation.value);
    else {
      assert.ok(place < parent.length);
      parent.splice(place, 1, ...(operation.op === 'replace' ? [operation.value] : []));
    }
    return;
  }
  const members = parent as Record<string, unknown>;
  if (operation.op !== 'add') assert.ok(last in members, `nothing at ${operation.path}`);
  if (operation.op === 'remove') delete members[last];
  else members[last] = operation.value;
}

/** Every resource of a manifest, as mutable values. */
function resourcesOf(text: string): Record<string, unknown>[] {
  return [...parseAllDocuments(text, { version: '1.1', merge: true })].flatMap((document) => {
    const value = document.toJS() as Record<string, unknown> | null;
    if (value === null) return [];
    return Array.isArray(value['items']) ? (value['items'] as Record<string, unknown>[]) : [value];
  });
}

function isOf(resource: Record<string, unknown>, { kind, name, namespace }: Finding): boolean {
  const metadata = resource['metadata'] as Record<string, unknown> | undefined;
  return resource['kind'] === kind && metadata?.['name'] === name && metadata?.['namespace'] === namespace;
}

describe('the patches of findings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'surety-patches-'));

  it('every patch of the corpus applies to its resource, and the finding is gone', () => {
    const { report } = scan([corpus], settings);
    const patched = report.findings.filter(({ patch }) => patch !== undefined);
    const kinds = new Set(patched.flatMap(({ patch }) => patch?.operations.map(({ op }) => op)));
    assert.deepEqual(kinds, new Set(['add', 'remove', 'replace']));
    const checks = new Set(patched.map(({ check }) => check));
    assert.ok(checks.size >= 15, `only ${[...checks].join(', ')}`);
    for (const [index, finding] of patched.entries()) {
      const resources = resourcesOf(readFileSync(finding.file, 'utf8'));
      const own = resources.find((one) => isOf(one, finding));
      assert.ok(own, keyOf(finding));
      for (const operation of finding.patch?.operations ?? []) applyOperation(own, operation);
      const file = join(folder, `${index}.json`);
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: resources }));
      const after = scan([file], settings).report.findings;
      assert.deepEqual(
        after.filter((one) => keyOf(one) === keyOf(finding)),
        [],
        finding.file,
      );
    }
  });

  it('only what cannot stop a workload is marked safe', () => {
    const { findings } = scan([corpus], settings).report;
    const safe = new Set(findings.flatMap(({ check, patch }) => (patch?.safe ? [check] : [])));
    assert.deepEqual([...safe].toSorted(), ['P05', 'P20']);
  });

  it('a container with all privileges gets no change by itself, since Kubernetes would refuse it', () => {
    const { findings } = scan([join(corpus, 'P01/bad.container.yaml')], settings).report;
    const privileged = findings.find(({ check }) => check === 'P01');
    assert.ok(privileged);
    writeFileSync(
      join(folder, 'all.yaml'),
      `apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
    - {name: one, image: x, securityContext: {privileged: true}}
    - {name: two, image: x, securityContext: {capabilities: {add: [SYS_ADMIN]}}}
    - {name: three, image: x}
`,
    );
    const { report } = scan([join(folder, 'all.yaml')], settings);
    const own = report.findings.filter(({ check }) => check === 'P05');
    assert.deepEqual(
      own.map(({ container, patch }) => [container, patch?.safe]),
      [
        ['one', false],
        ['two', false],
        ['three', true],
      ],
    );
  });
});

describe('mending files', () => {
  const fresh = (): string => mkdtempSync(join(tmpdir(), 'surety-mend-'));
  const bare =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: one # it\n      image: x\n';

  it('over the whole corpus, what was safe to mend is gone, nothing new is found, and a second time changes nothing', () => {
    const folder = fresh();
    cpSync(corpus, folder, { recursive: true });
    const before = scan([folder], settings);
    const mended = mendFiles(before.mends, before.report);
    assert.deepEqual([...new Set(mended.map(({ finding }) => finding.check))].toSorted(), ['P05', 'P20']);
    assert.deepEqual(
      mended.filter(({ left }) => left !== undefined),
      [],
    );
    const after = scan([folder], settings);
    assert.deepEqual(after.mends, []);
    const known = new Set(before.report.findings.map((one) => `${one.file} ${keyOf(one)}`));
    assert.deepEqual(
      after.report.findings.filter((one) => !known.has(`${one.file} ${keyOf(one)}`)),
      [],
    );
    const left = new Set(after.report.findings.map((one) => `${one.file} ${keyOf(one)}`));
    assert.deepEqual(
      mended.filter(({ finding }) => left.has(`${finding.file} ${keyOf(finding)}`)),
      [],
    );
    assert.deepEqual(mendFiles(after.mends, after.report), []);
  });

  it('a file of which a part cannot be read is not touched', () => {
    const folder = fresh();
    const text = `${bare}---\na: [1\n`;
    writeFileSync(join(folder, 'a.yaml'), text);
    const { mends, report } = scan([folder], settings);
    assert.ok(mends.length > 0);
    assert.deepEqual(
      [...new Set(mendFiles(mends, report).map(({ left }) => left))],
      ['a part of the file could not be read'],
    );
    assert.equal(readFileSync(join(folder, 'a.yaml'), 'utf8'), text);
  });

  it('what is let stand is not mended', () => {
    const folder = fresh();
    const text = bare.replace(
      '{name: a}',
      '\n  name: a\n  annotations:\n    surety.dev/ignore: |\n      P05 until 2027-01-31: the vendor needs a setuid program\n      P20 until 2027-01-31: the vendor brings its own profile',
    );
    writeFileSync(join(folder, 'a.yaml'), text);
    const { mends, report } = scan([folder], settings);
    assert.equal(report.suppressed.length, 2);
    assert.deepEqual(mendFiles(mends, report), []);
    assert.equal(readFileSync(join(folder, 'a.yaml'), 'utf8'), text);
  });

  it('keeps the rights of a file, its byte order mark, and a link to it', () => {
    const folder = fresh();
    const file = join(folder, 'real.yaml');
    writeFileSync(file, `\uFEFF${bare}`);
    chmodSync(file, 0o640);
    symlinkSync(file, join(folder, 'link.yaml'));
    const { mends, report } = scan([join(folder, 'link.yaml')], settings);
    assert.ok(mendFiles(mends, report).every(({ left }) => left === undefined));
    assert.ok(statSync(file).isFile());
    assert.equal(statSync(file).mode & 0o777, 0o640);
    const text = readFileSync(join(folder, 'link.yaml'), 'utf8');
    assert.ok(text.startsWith('\uFEFFapiVersion') && text.includes('allowPrivilegeEscalation: false'));
    assert.deepEqual(readdirSync(folder).toSorted(), ['link.yaml', 'real.yaml']);
  });

  it('leaves a file that is not UTF-8', () => {
    const folder = fresh();
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(bare, 'utf16le')]);
    writeFileSync(join(folder, 'a.yaml'), bytes);
    const { mends, report } = scan([folder], settings);
    assert.deepEqual(
      [...new Set(mendFiles(mends, report).map(({ left }) => left))],
      ['the file is not UTF-8'],
    );
    assert.deepEqual(readFileSync(join(folder, 'a.yaml')), bytes);
  });
});
