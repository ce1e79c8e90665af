import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { corpusSettings, scanTexts } from '../../../../test/support/posture.ts';
import type { Report } from '../report.ts';
import { hasVariable, resolveVariables, splitOutsideVariables } from './variables.ts';

const named = ({ evaluated }: Report): string[] => evaluated.map(({ kind, name }) => `${kind} ${name ?? ''}`);
const reasons = ({ notEvaluated }: Report): (readonly [number | undefined, string, boolean])[] =>
  notEvaluated.map(({ line, reason, failed }) => [line, reason, failed]);

describe('reading Compose files', () => {
  it('knows them by what they hold, under whatever name', () => {
    const text = 'services:\n  api: {image: a}\n';
    const { report } = scanTexts({ 'stack.yml': text, 'compose.yaml': `name: x\nx-more: 1\n${text}` });
    assert.deepEqual(named(report), ['Compose service api', 'Compose service api']);
    assert.deepEqual(reasons(report), []);
  });

  it('does not take for one what has services of another sort', () => {
    const { report } = scanTexts({
      'symfony.yaml': 'services:\n  App\\Mailer: {class: App\\Mailer, arguments: []}\n',
      'pipeline.yaml': 'services: [docker]\nimage: node\n',
      'policy.yaml': 'system: {services: {api: {image: a}}}\nservices: {api: {image: a}}\n',
      'list.yaml': 'services:\n  - {image: a}\n',
    });
    assert.deepEqual(report.evaluated, []);
    assert.equal(report.notEvaluated.length, 4);
  });

  it('says where a finding stands, also of a missing field', () => {
    const { report } = scanTexts({ 'c.yaml': 'services:\n  api:\n    image: a\n    user: root\n' });
    const place = (check: string): unknown[] =>
      report.findings
        .filter((one) => one.check === check)
        .map(({ line, column, path, kind, name }) => [line, column, path, kind, name]);
    assert.deepEqual(place('C09'), [[4, 5, 'services.api.user', 'Compose service', 'api']]);
    assert.deepEqual(place('C10'), [[2, 3, 'services.api.read_only', 'Compose service', 'api']]);
  });

  it('says where a field stands that is merged in', () => {
    const { report } = scanTexts({
      'c.yaml':
        'x-a: &a\n  privileged: true\nx-b: &b\n  <<: *a\n  user: root\nservices:\n  api:\n    <<: [{image: a}, *b]\n    pid: host\n',
    });
    const lines = ['C01', 'C09', 'C02', 'C12', 'C10'].map(
      (check) => report.findings.find((one) => one.check === check)?.line,
    );
    assert.deepEqual(lines, [2, 5, 9, 8, 7]);
  });

  it('names what lies outside the file, and does not take such a service for evaluated', () => {
    const { report } = scanTexts({
      'c.yaml': `include:
  - other.yaml
  - {path: [a.yaml, b.yaml]}
  - oci://registry.example.com/stack
services:
  api: {extends: {file: base.yaml, service: base}}
  lost: {extends: nobody}
  round: {extends: round}
  env: {image: a, env_file: [.env, {path: more.env}]}
  outside: {provider: {type: model}}
  text: hello
`,
    });
    const render = 'scan what it becomes: docker compose config | surety scan -';
    const apart = 'which is judged by itself where it is scanned too, and not together with this file';
    assert.deepEqual(named(report), ['Compose service env']);
    assert.deepEqual(reasons(report), [
      [2, `it includes other.yaml, ${apart}`, false],
      [3, `it includes a.yaml, b.yaml, ${apart}`, false],
      [4, `it includes oci://registry.example.com/stack, ${apart}`, true],
      [6, `the service api extends one of another file (base.yaml); ${render}`, true],
      [7, `the service lost extends one that is not in the file; ${render}`, true],
      [8, `the service round extends itself; ${render}`, true],
      [9, 'the service env takes variables from .env, which is not read', false],
      [9, 'the service env takes variables from more.env, which is not read', false],
      [10, 'the service outside is run by a program outside of Compose (provider)', false],
      [11, 'the service is no mapping', true],
    ]);
  });

  it('lets findings stand by comments and by the policy', () => {
    const until = '2027-01-31';
    const text = `services:\n  api:\n    image: a\n    # surety: ignore C01 until ${until}: it builds images for others\n    privileged: true\n`;
    const ignored = {
      check: 'C09',
      kind: 'Compose service',
      name: 'api',
      reason: 'the image says who',
      until,
      place: { file: 'surety.yaml', line: 1, column: 1 },
    };
    const { report } = scanTexts({ 'c.yaml': text }, { ...corpusSettings, ignored: [ignored] });
    assert.deepEqual(
      report.suppressed.map(({ finding }) => finding.check),
      ['C01', 'C09'],
    );
    assert.ok(!report.findings.some(({ check }) => ['C01', 'C09'].includes(check)));
  });

  it('takes secrets through the environment where the policy allows them, and holds users to it', () => {
    const text = 'services:\n  api: {image: a, user: "2000", environment: {API_KEY: }}\n';
    const { report } = scanTexts(
      { 'c.yaml': text },
      { ...corpusSettings, secretsByEnvironment: true, uid: 1000 },
    );
    assert.ok(!report.findings.some(({ check }) => check === 'C15'));
    assert.deepEqual(
      report.findings.filter(({ check }) => check === 'C09').map(({ message }) => message),
      ['user is 2000; the policy wants 1000.'],
    );
  });

  it('never shows the value of a secret', () => {
    const { report } = scanTexts({
      'c.yaml': 'services:\n  api: {image: a, environment: [DB_PASSWORD=hunter2secret]}\n',
    });
    assert.ok(report.findings.some(({ check }) => check === 'C14'));
    assert.doesNotMatch(JSON.stringify(report), /hunter2secret/);
  });

  it('reads whatever somebody wrote', () => {
    const values = [
      '1',
      'null',
      'true',
      'text',
      '[]',
      '{}',
      '[1, null, [x], {a: {b: [c]}}]',
      '{a: [1], b: null}',
      '"${"',
      '"$$${A:-${B"',
    ];
    const fields =
      'privileged build post_start network_mode networks volumes cap_add cap_drop security_opt user read_only ports environment deploy ' +
      'devices device_cgroup_rules healthcheck sysctls extends env_file depends_on provider mem_limit __proto__ constructor';
    for (const value of values) {
      const services = fields
        .split(' ')
        .map((field, index) => `  s${index}: {image: a, ${field}: ${value}}`)
        .join('\n');
      const tops = ['networks', 'volumes', 'include', 'secrets'].map((top) => `${top}: ${value}`).join('\n');
      const { report } = scanTexts({
        'c.yaml': `services:\n${services}\n  constructor: ${value}\n${tops}\n`,
      });
      assert.ok(report.evaluated.length > 0, value);
    }
  });

  it('reads many services, and long texts of variables, in a time that grows with them', () => {
    const chain = Array.from({ length: 3000 }, (_, at) => `  s${at}: {image: a, extends: s${at + 1}}`).join(
      '\n',
    );
    const { report } = scanTexts({ 'c.yaml': `services:\n${chain}\n  s3000: {image: a}\n` });
    assert.equal(report.evaluated.length + report.notEvaluated.length, 3001);
    const unclosed = '${A:-'.repeat(100_000);
    assert.equal(resolveVariables(unclosed), unclosed);
  });
});

describe('variables of Compose', () => {
  it('have the value that the text gives them', () => {
    const expected: Readonly<Record<string, string>> = {
      plain: 'plain',
      '${A:-b}': 'b',
      '${A-b}c': 'bc',
      '${A:-}': '',
      '${A:-${B:-c}}/d': 'c/d',
      '${A:-${B}}': '${B}',
      'x${A}y$B': 'x${A}y$B',
      '${A:?say it}': '${A:?say it}',
      '${A:+b}': '${A:+b}',
      '$${A:-b}': '$${A:-b}',
      '${A:-b': '${A:-b',
      '${A/b/c}': '${A/b/c}',
    };
    for (const [text, value] of Object.entries(expected)) assert.equal(resolveVariables(text), value, text);
  });

  it('are told from dollars', () => {
    assert.deepEqual(['$A', '${A}', '$$A', '$$$A', 'a$', '$1', '$$${A}'].map(hasVariable), [
      true,
      true,
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  it('keep their colons to themselves', () => {
    assert.deepEqual(splitOutsideVariables('${A:?no: ${B}}:/data:ro', ':'), [
      '${A:?no: ${B}}',
      '/data',
      'ro',
    ]);
  });
});
