import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { scanTexts } from '../../../../test/support/posture.ts';
import { checks } from '../checks/catalogue.ts';
import type { AzureCheck } from '../checks/check.ts';
import { findingOf } from '../gathered.ts';
import type { Finding, Report } from '../report.ts';
import type { YamlDocument } from '../source/yaml.ts';
import { readTemplate } from './template/template.ts';
import { readPlan } from './terraform/plan.ts';
import type { ReadDeployment } from './unread.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Reader = (document: YamlDocument, file: string) => ReadDeployment;

const fixture = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
const plan = fixture('hardened.plan.json');
const template = fixture('hardened.template.json');
const forms: readonly { readonly name: string; readonly text: string; readonly read: Reader }[] = [
  { name: 'plan', text: plan, read: readPlan },
  { name: 'template', text: template, read: readTemplate },
];

/** Of the language; refused by Azure itself (workload identity without an issuer); or kept for ever instead (flow logs without retention). */
const harmless =
  /\/(existing|nullable|defaultValue)$|aadProfile\/managed$|(oidcIssuerProfile|retentionPolicy)\/enabled$|oidc_issuer_enabled$|retention_policy\/0\/enabled$/;

const azureChecks = checks.filter((check): check is AzureCheck => check.of === 'azure');

/** What the checks find in a value, without a file. */
function findIn(value: unknown, read: Reader): Finding[] {
  const document = { value, index: 0, locate: () => ({ line: 1, column: 1 }) };
  const { deployment } = read(document, 'a.json');
  return azureChecks.flatMap((check) =>
    check.find(deployment).map((found) => findingOf(check, found.subject, found)),
  );
}

/** Every place of a value, with a way to put something else there. */
function placesIn(root: Json): { readonly value: Json; readonly path: string; put(value: Json): void }[] {
  const found: ReturnType<typeof placesIn> = [];
  const visit = (holder: Json[] | { [name: string]: Json }, path: string): void => {
    for (const [name, value] of Object.entries(holder)) {
      const put = (other: Json): void => {
        Object.defineProperty(holder, name, {
          value: other,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      };
      found.push({ value, path: `${path}/${name}`, put });
      if (typeof value === 'object' && value !== null) visit(value, `${path}/${name}`);
    }
  };
  if (typeof root === 'object' && root !== null) visit(root, '');
  return found;
}

const parse = (text: string): Json => JSON.parse(text) as Json;
const reportOf = (text: string): Report => scanTexts({ 'a.json': text }).report;
const idsOf = ({ findings }: Report): string[] => findings.map(({ check }) => check);

const resources = (...given: readonly object[]): string =>
  JSON.stringify({
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
    resources: given,
  });
const planned = (more: object, ...given: readonly object[]): string =>
  JSON.stringify({ format_version: '1.2', planned_values: { root_module: { resources: given } }, ...more });

describe('a hardened platform', () => {
  for (const { name, text } of forms)
    it(`gives no finding as a ${name}, and what no check knows is named once for each type`, () => {
      const { findings, notEvaluated, evaluated } = reportOf(text);
      assert.deepEqual(findings, []);
      assert.ok(evaluated.length >= 15);
      assert.equal(new Set(notEvaluated.map(({ reason }) => reason)).size, notEvaluated.length);
      assert.ok(
        notEvaluated.every(({ reason, failed }) => !failed && reason.startsWith('no check knows the type ')),
      );
    });

  it('gives one as soon as a single switch of its plan is turned', () => {
    const value = parse(plan);
    const switches = placesIn(value).filter(
      ({ value: at, path }) =>
        path.startsWith('/planned_values/root_module') && typeof at === 'boolean' && !harmless.test(path),
    );
    assert.ok(switches.length > 30);
    const unnoticed = switches.filter((one) => {
      one.put(one.value === false);
      const found = findIn(value, readPlan);
      one.put(one.value);
      return found.length === 0;
    });
    assert.deepEqual(
      unnoticed.map(({ path }) => path),
      [],
    );
  });

  it('gives one as soon as a single switch of its template is turned', () => {
    const value = parse(template);
    const switches = placesIn(value).filter(
      ({ value: at, path }) => typeof at === 'boolean' && !harmless.test(path),
    );
    assert.ok(switches.length > 15);
    const unnoticed = switches.filter((one) => {
      one.put(one.value === false);
      const found = findIn(value, readTemplate);
      one.put(one.value);
      return found.length === 0;
    });
    assert.deepEqual(
      unnoticed.map(({ path }) => path),
      [],
    );
  });
});

describe('plans and templates of any content', () => {
  const odd: readonly Json[] = [
    null,
    true,
    7,
    '',
    'x',
    "[concat('a'",
    [],
    [[null]],
    {},
    { __proto__x: {} },
    ['a', {}],
  ];

  for (const { name, text, read } of forms)
    it(`wrong types anywhere in a ${name} end nothing`, () => {
      const value = parse(text);
      for (const [index, one] of placesIn(value).entries()) {
        one.put(odd[index % odd.length] ?? null);
        assert.doesNotThrow(() => findIn(value, read), one.path);
        one.put(one.value);
      }
    });

  it('names of the language itself are names like others', () => {
    const text =
      '{"$schema": "x/deploymentTemplate.json#", "parameters": {"__proto__": {"defaultValue": true}}, "variables": {"constructor": "a"}, ' +
      `"resources": [{"type": "Microsoft.KeyVault/vaults", "name": "[variables('constructor')]", "properties": {"__proto__": {"enablePurgeProtection": true}, ` +
      `"enableRbacAuthorization": "[parameters('__proto__')]", "publicNetworkAccess": "[parameters('toString')]"}}]}`;
    const { findings } = reportOf(text);
    assert.deepEqual(
      findings.map(({ check, name }) => [check, name]),
      [
        ['A18', 'a'],
        ['A22', 'a'],
      ],
    );
  });

  it('what grows by itself, or needs itself, ends', () => {
    const grows = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [
        `v${index + 1}`,
        `[concat(variables('v${index}'), variables('v${index}'))]`,
      ]),
    );
    const copies = { copy: { name: 'all', count: 1_000_000_000 } };
    const vault = {
      type: 'Microsoft.KeyVault/vaults',
      properties: { enablePurgeProtection: "[variables('v60')]" },
    };
    const text = JSON.stringify({
      $schema: 'x/deploymentTemplate.json#',
      variables: {
        v0: 'ab',
        ...grows,
        loop: "[variables('loop')]",
        deep: `[${'not('.repeat(5000)}${')'.repeat(5000)}]`,
      },
      resources: [
        { ...vault, name: 'grown' },
        {
          ...vault,
          name: "[variables('loop')]",
          properties: { enablePurgeProtection: "[variables('deep')]" },
        },
        { ...vault, name: 'many', ...copies },
      ],
    });
    const began = performance.now();
    const found = reportOf(text).findings.filter(({ check }) => check === 'A22');
    assert.ok(performance.now() - began < 20_000);
    assert.match(found[0]?.message ?? '', /grows too large to follow/);
    assert.match(found[1]?.message ?? '', /cannot be read/);
    assert.equal(found.length, 802);
  });

  it('long chains of names, and values that share what is in them, end', () => {
    const chain = (count: number, of: (before: string) => string): object =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`v${index + 1}`, of(`variables('v${index}')`)]),
      );
    const ends = (variables: object, last: string): void => {
      const vault = { type: 'Microsoft.KeyVault/vaults', name: 'a' };
      const text = JSON.stringify({
        $schema: 'x/deploymentTemplate.json#',
        variables,
        resources: [{ ...vault, properties: { enablePurgeProtection: `[${last}]` } }],
      });
      assert.ok(idsOf(reportOf(text)).includes('A22'));
    };
    ends({ v0: true, ...chain(20_000, (before) => `[${before}]`) }, "variables('v20000')");
    const shared = chain(40, (before) => `[createObject('a', ${before}, 'b', ${before})]`);
    const likeIt = Object.fromEntries(
      Object.entries(shared).map(([name, value]) => [`w${name}`, String(value).replaceAll("'v", "'wv")]),
    );
    ends({ v0: {}, wv0: {}, ...shared, ...likeIt }, "union(variables('v40'), variables('wv40'))");
    ends(
      { v0: 'a', ...chain(40, (before) => `[replace(${before}, 'a', 'aaaaaaaaaa')]`) },
      "variables('v40')",
    );
  });
});

describe('what is not evaluated', () => {
  it('a plan of a major version that is not known is named, and fails', () => {
    const report = reportOf('{"format_version": "2.0", "planned_values": {}}');
    assert.deepEqual(
      report.notEvaluated.map(({ reason, failed }) => [reason, failed]),
      [['the format of the plan (format_version 2.0) is not known; 1.x is', true]],
    );
  });

  it('resources of other clouds are counted, and named once for each type', () => {
    const bucket = { type: 'aws_s3_bucket', values: {} };
    const { evaluated, notEvaluated } = reportOf(
      planned({}, bucket, bucket, { type: 'google_sql', values: {} }),
    );
    assert.deepEqual(evaluated, []);
    assert.deepEqual(
      notEvaluated.map(({ reason }) => reason),
      ['no check knows the type aws_s3_bucket (2 resources)', 'no check knows the type google_sql'],
    );
  });

  it('a template that lies elsewhere is named with what to do, and fails', () => {
    const linked = {
      type: 'Microsoft.Resources/deployments',
      name: 'net',
      properties: { templateLink: { relativePath: 'net.json' } },
    };
    const [only] = reportOf(resources(linked)).notEvaluated;
    assert.equal(only?.failed, true);
    assert.match(only.reason, /the deployment net is another file; build it into one \(bicep build\)/);
  });

  it('Terraform and Bicep as they are written are named once for each folder, with what to scan', () => {
    const { report } = scanTexts({ 'a.tf': '', 'b.tf': '', 'c.bicep': '' });
    assert.deepEqual(
      report.notEvaluated.map(({ file, reason, failed }) => [file, reason, failed]),
      [
        [
          'a.tf',
          'it is Terraform configuration (and 1 more of its folder); scan what it becomes: terraform plan -out PLAN && terraform show -json PLAN > plan.json',
          false,
        ],
        ['c.bicep', 'it is Bicep; scan what it becomes: bicep build FILE', false],
      ],
    );
  });
});

describe('what a plan or a template says', () => {
  it('changes alone are read where the planned values are left out', () => {
    const change = (name: string, after: object | null): object => ({
      address: `azurerm_key_vault.${name}`,
      type: 'azurerm_key_vault',
      name,
      change: { after },
    });
    const text = JSON.stringify({
      format_version: '1.0',
      resource_changes: [change('kept', { purge_protection_enabled: false }), change('gone', null)],
    });
    const { evaluated, findings } = reportOf(text);
    assert.deepEqual(
      evaluated.map(({ name }) => name),
      ['kept'],
    );
    assert.ok(findings.some(({ check }) => check === 'A22'));
  });

  it('a state is judged as a plan is', () => {
    const vault = { type: 'azurerm_key_vault', name: 'a', values: { purge_protection_enabled: false } };
    const text = JSON.stringify({
      format_version: '1.0',
      terraform_version: '1.9.8',
      values: { root_module: { child_modules: [{ address: 'module.keys["eu"]', resources: [vault] }] } },
    });
    const found = reportOf(text).findings.find(({ check }) => check === 'A22');
    assert.deepEqual(
      [found?.kind, found?.namespace, found?.name, found?.path],
      ['azurerm_key_vault', 'module.keys["eu"]', 'a', 'purge_protection_enabled'],
    );
  });

  it('values that the file says are secret never stand in a report', () => {
    const secret = 'hunter2-canary-value';
    const database = {
      address: 'azurerm_postgresql_flexible_server.db',
      type: 'azurerm_postgresql_flexible_server',
      name: 'db',
      values: { administrator_password: secret, public_network_access_enabled: secret },
      sensitive_values: { administrator_password: true },
    };
    const written = { variables: { client_secret: { default: secret, sensitive: true } } };
    const text = planned(
      {
        variables: { client_secret: { value: secret } },
        configuration: { root_module: written },
      },
      database,
    );
    const withOutput = text.replace(
      '"planned_values":{',
      `"planned_values":{"outputs":{"token":{"sensitive":true,"value":"${secret}"}},`,
    );
    const ofPlan = reportOf(withOutput);
    assert.ok(['A26', 'A27'].every((id) => idsOf(ofPlan).includes(id)));
    const ofTemplate = reportOf(
      JSON.stringify({
        $schema: 'x/deploymentTemplate.json#',
        parameters: { adminPassword: { type: 'securestring', defaultValue: secret } },
        resources: [{ type: 'Microsoft.KeyVault/vaults', name: "[parameters('adminPassword')]" }],
      }),
    );
    assert.ok(idsOf(ofTemplate).includes('A26'));
    assert.doesNotMatch(JSON.stringify([ofPlan, ofTemplate]), /hunter2/);
  });

  it('what only the deployment decides says what it depends on', () => {
    const vault = { type: 'Microsoft.KeyVault/vaults', name: 'a' };
    const found = reportOf(
      JSON.stringify({
        $schema: 'x/deploymentTemplate.json#',
        parameters: { protect: { type: 'bool' } },
        resources: [{ ...vault, properties: { enablePurgeProtection: "[parameters('protect')]" } }],
      }),
    ).findings.find(({ check }) => check === 'A22');
    assert.equal(found?.severity, 'medium');
    assert.equal(
      found.message,
      'It cannot be told: properties.enablePurgeProtection depends on the parameter protect, which has no value here.',
    );
  });

  it('a comment in a template lets a finding stand', () => {
    const text =
      '{ // of the test stage\n  "$schema": "https://example.com/deploymentTemplate.json#",\n  "resources": [\n' +
      '    // surety: ignore A22 until 2027-01-31: it is emptied every night\n' +
      '    { "type": "Microsoft.KeyVault/vaults", "name": "a" /* "b" */ }\n  ]\n}\n';
    const { findings, suppressed, notEvaluated } = reportOf(text);
    assert.deepEqual(notEvaluated, []);
    assert.deepEqual(
      suppressed.map(({ finding }) => [finding.check, finding.line]),
      [['A22', 5]],
    );
    assert.ok(!findings.some(({ check }) => check === 'A22' || check.startsWith('X')));
  });
});
