import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type CommandResult, runSurety } from '../support/surety.ts';

/** All that is asked of a workload; a scan of these finds nothing. */
const hardened = `apiVersion: v1
kind: Namespace
metadata:
  name: prod
  labels: {pod-security.kubernetes.io/enforce: restricted}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota, namespace: prod}
spec: {hard: {limits.cpu: "8", limits.memory: 8Gi}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: limits, namespace: prod}
spec: {limits: [{type: Container, default: {cpu: "1", memory: 256Mi}}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: api, namespace: prod}
automountServiceAccountToken: false
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: prod}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: prod}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      serviceAccountName: api
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: api
          image: registry.example.com/api:1.4.2@sha256:0000000000000000000000000000000000000000000000000000000000000000
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          resources:
            requests: {cpu: 100m, memory: 128Mi, ephemeral-storage: 100Mi}
            limits: {cpu: "1", memory: 256Mi, ephemeral-storage: 1Gi}
          livenessProbe: {httpGet: {path: /live, port: 8000}}
          readinessProbe: {httpGet: {path: /ready, port: 8000}}
`;
/** A role put together of another, groups, a role of every cluster, and one that nobody knows. */
const bindings = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: prod}
spec: {containers: []}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: whole}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {into: whole}}]}
rules: [{apiGroups: [""], resources: [pods], verbs: [delete]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: part, labels: {into: whole}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: team, namespace: prod}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: whole}
subjects: [{kind: Group, name: readers}, {kind: ServiceAccount, name: bot}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, name: ada}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: gone}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: elsewhere}
subjects: [{kind: User, name: bob}]
`;
const soft = hardened.replace('allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true # old');

describe('surety scan', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'surety-scan-'));
    mkdirSync(join(folder, 'empty'));
    writeFileSync(join(folder, 'good.yaml'), hardened);
    writeFileSync(join(folder, 'soft.yaml'), soft);
    writeFileSync(join(folder, 'broken.yaml'), `${hardened}---\na: [1\n`);
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (argv: readonly string[], input = ''): Promise<CommandResult> =>
    runSurety(['scan', ...argv], folder, input);

  it('finds nothing in hardened manifests, and ends with 0', async () => {
    assert.deepEqual(await run(['good.yaml']), {
      code: 0,
      out: '6 evaluated, 1 file searched for credentials: no findings\n',
      err: '',
    });
  });

  it('searches a folder for credentials alone with --only secrets, where nothing else need be', async () => {
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'src/settings.ini'), 'x = 1\n');
    const clean = await run(['--only', 'secrets', 'src']);
    assert.deepEqual(clean, { code: 0, out: '1 file searched for credentials: no findings\n', err: '' });
    assert.equal((await run(['src'])).code, 2, 'without it nothing was evaluated');
    writeFileSync(join(folder, 'src/settings.ini'), 'password = c0rrect-horse\n');
    const found = await run(['--only', 'secrets', 'src']);
    assert.equal(found.code, 1);
    assert.match(found.out, /^src\/settings\.ini\n {2}1:12 +high +S03 {2}File settings\.ini\n/);
    assert.doesNotMatch(found.out, /c0rrect-horse/);
    assert.equal((await run(['--only', 'secrets', 'nowhere'])).code, 2);
    const told = await run(['--explain', 's03']);
    assert.match(told.out, /^S03 {2}A password in a file {2}\(high\)/);
  });

  it('ends with 1 at or above the threshold, and with 0 below it', async () => {
    const found = await run(['soft.yaml']);
    assert.equal(found.code, 1);
    assert.match(found.out, /^soft\.yaml\n {2}\d+:13 +high +P05 {2}Deployment prod\/api, container api\n/);
    assert.match(
      found.out,
      /\n {11}spec\.template\.spec\.containers\[0\]\.securityContext\.allowPrivilegeEscalation\n/,
    );
    assert.match(found.out, /\n6 evaluated, 1 file searched for credentials: 1 high\n$/);
    assert.equal((await run(['soft.yaml', '--fail-on', 'high'])).code, 1);
    assert.equal((await run(['soft.yaml', '--fail-on', 'critical'])).code, 0);
    assert.equal((await run(['soft.yaml', '--fail-on', 'never'])).code, 0);
  });

  it('ends with 2 where something could not be evaluated, and still reports the rest', async () => {
    const { code, out } = await run(['broken.yaml', '--fail-on', 'never']);
    assert.equal(code, 2);
    assert.match(out, /Could not be evaluated:\n {2}broken\.yaml:\d+:\d+: /);
    assert.match(
      out,
      /6 evaluated, 1 file searched for credentials: no findings in them; 1 not evaluated, 1 of which should have been/,
    );
  });

  it('never says that it found nothing where there was nothing to look at', async () => {
    for (const argv of [['empty'], ['no-such-folder'], []]) {
      const { code, out, err } = await run(argv);
      assert.equal(code, 2, argv.join(' '));
      assert.doesNotMatch(out, /no findings\n/);
      assert.notEqual(out + err, '');
    }
  });

  it('reads standard input as -', async () => {
    const { code, out } = await run(['-'], soft);
    assert.equal(code, 1);
    assert.match(out, /^-\n {2}\d+:13 +high +P05 /);
    assert.equal((await run(['-'], '')).code, 2);
  });

  it('tells about a check with a bad and a good example, and knows which there are', async () => {
    const { code, out } = await run(['--explain', 'p06']);
    assert.equal(code, 0);
    assert.match(
      out,
      /^P06 {2}May run as root {2}\(high\)\n[\s\S]*\nBad\n {4}\S[\s\S]*\nGood\n {4}\S[\s\S]*CIS Kubernetes \(1\.12\): 5\.2\.7/,
    );
    const none = await run(['--explain', 'P99']);
    assert.equal(none.code, 1);
    assert.match(none.err, /There is no check P99/);
  });

  it('mends files with --fix, says what it did on standard error, and a second time has nothing to do', async () => {
    writeFileSync(join(folder, 'mend.yaml'), soft);
    const first = await run(['mend.yaml', '--fix', '--format', 'json']);
    assert.equal(first.code, 0);
    assert.match(
      first.err,
      /^mend\.yaml\n {2}\+ \d+ {2}P05 {2}\S+allowPrivilegeEscalation: false\n\n1 mended, 0 left as they are\.\n$/,
    );
    assert.deepEqual((JSON.parse(first.out) as { findings: unknown[] }).findings, []);
    assert.equal(
      readFileSync(join(folder, 'mend.yaml'), 'utf8'),
      soft.replace('allowPrivilegeEscalation: true # old', 'allowPrivilegeEscalation: false # old'),
    );
    assert.deepEqual(await run(['mend.yaml', '--fix']), {
      code: 0,
      out: '6 evaluated, 1 file searched for credentials: no findings\n',
      err: '',
    });
    const piped = await run(['-', '--fix'], soft);
    assert.equal(piped.code, 1);
    assert.match(piped.err, /left as it is: it is standard input/);
  });

  it('judges Compose files, and what kustomizations become, and explains their checks', async () => {
    writeFileSync(join(folder, 'compose.yaml'), 'services:\n  api: {image: a, privileged: true}\n');
    const found = await run(['compose.yaml', '--fail-on', 'critical']);
    assert.equal(found.code, 1);
    assert.match(found.out, /2:19 +critical C01 {2}Compose service api\n/);
    const explained = await run(['--explain', 'C01']);
    assert.match(explained.out, /^C01 {2}Privileged service {2}\(critical\)[\s\S]*CIS Docker \(1\.7\): 5\.5/);
    const sarif = JSON.parse((await run(['compose.yaml', '--format', 'sarif'])).out) as {
      runs: { tool: { driver: { rules: { id: string }[] } } }[];
    };
    assert.ok(sarif.runs[0]?.tool.driver.rules.some(({ id }) => id === 'C20'));
    mkdirSync(join(folder, 'app'));
    writeFileSync(join(folder, 'app/kustomization.yaml'), 'resources: [https://example.com/a.yaml]\n');
    const remote = await run(['app']);
    assert.equal(remote.code, 2);
    assert.match(
      remote.out,
      /app\/kustomization\.yaml:1: .*(from the network|neither kubectl nor kustomize)/,
    );
  });

  it('judges a Terraform plan and an ARM template: nothing in hardened ones, each turned switch with its place', async () => {
    const fixtures = join(import.meta.dirname, '../../src/verify/posture/azure/fixtures');
    for (const [name, right, wrong, kind] of [
      [
        'plan.json',
        '"private_cluster_enabled": true',
        '"private_cluster_enabled": false',
        'azurerm_kubernetes_cluster',
      ],
      [
        'template.json',
        '"publicNetworkAccess": "disabled"',
        '"publicNetworkAccess": "enabled"',
        'Microsoft.Search/searchServices',
      ],
    ] as const) {
      const text = readFileSync(join(fixtures, `hardened.${name}`), 'utf8');
      writeFileSync(join(folder, name), text);
      const good = await run([name, '--format', 'json']);
      assert.equal(good.code, 0, good.out);
      assert.deepEqual((JSON.parse(good.out) as { findings: unknown[] }).findings, []);
      writeFileSync(join(folder, name), text.replace(right, wrong));
      const bad = await run([name, '--format', 'json']);
      assert.equal(bad.code, 1);
      const { findings } = JSON.parse(bad.out) as {
        findings: { kind: string; file: string; line: number; severity: string }[];
      };
      const line = text.slice(0, text.indexOf(right)).split('\n').length;
      assert.deepEqual(
        findings.map((one) => [one.kind, one.file, one.line, one.severity]),
        [[kind, name, line, 'high']],
      );
      assert.equal((await run([name, '--fail-on', 'critical'])).code, 0);
    }
    writeFileSync(join(folder, 'newer.json'), '{"format_version": "2.0", "planned_values": {}}');
    const newer = await run(['newer.json']);
    assert.equal(newer.code, 2);
    assert.match(newer.out, /the format of the plan \(format_version 2\.0\) is not known/);
    writeFileSync(join(folder, 'main.bicep'), '');
    const source = await run(['main.bicep']);
    assert.equal(source.code, 2);
    assert.match(source.out, /main\.bicep: it is Bicep; scan what it becomes: bicep build FILE/);
  });

  it('prints who reaches whom, and what every subject may do', async () => {
    writeFileSync(join(folder, 'views.yaml'), bindings);
    const reach = await run(['views.yaml', '--reach', '--format', 'json']);
    assert.equal(reach.code, 0);
    assert.deepEqual(
      (JSON.parse(reach.out) as { from: string; to: string }[]).map(({ from, to }) => [from, to]),
      [
        ['every Pod whose egress is open', 'every Pod whose ingress is open'],
        ['prod/web', 'outside'],
      ],
    );
    const rbac = JSON.parse((await run(['views.yaml', '--rbac', '--format', 'json'])).out) as Record<
      string,
      string
    >[];
    const own = rbac.filter(({ subject }) => subject !== 'User ada');
    assert.deepEqual(own, [
      { subject: 'Group readers', where: 'prod', may: 'get pods', by: 'RoleBinding team' },
      { subject: 'ServiceAccount prod/bot', where: 'prod', may: 'get pods', by: 'RoleBinding team' },
      {
        subject: 'User bob',
        where: 'everywhere',
        may: 'what the role elsewhere permits, which is not among the manifests',
        by: 'ClusterRoleBinding gone',
      },
    ]);
    const view = rbac.filter(({ subject }) => subject === 'User ada').map(({ may = '' }) => may);
    assert.ok(view.some((may) => may.includes('pods')) && !view.some((may) => may.includes('secrets')));
    assert.match((await run(['views.yaml', '--rbac'])).out, /^SUBJECT +WHERE +MAY +BY\n/);
  });
});
