import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { corpusSettings } from '../../../../test/support/posture.ts';
import type { PostureSettings } from '../checks/check.ts';
import type { Report } from '../report.ts';
import { scan } from '../scan.ts';
import { findRenderer, type Renderer } from './render.ts';

const renderer = findRenderer(process.env['PATH'] ?? '');
const missing = 'Neither kubectl nor kustomize is on PATH: nothing was rendered.';

function write(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'surety-kustomize-test-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** The report, with paths below the folder. */
function scanFolder(
  files: Readonly<Record<string, string>>,
  {
    path = '',
    means,
    settings = corpusSettings,
  }: { path?: string; means?: Renderer | undefined; settings?: PostureSettings } = {},
): { report: Report; mends: number } {
  const folder = write(files);
  const { report, mends } = scan([join(folder, path)], settings, { renderer: means ?? renderer });
  const text = JSON.stringify(report).replaceAll(`${folder}/`, '').replaceAll(folder, '.');
  return { report: JSON.parse(text) as Report, mends: mends.length };
}

const reasons = ({ notEvaluated }: Report): (readonly [string, string, boolean])[] =>
  notEvaluated.map(({ file, reason, failed }) => [file, reason, failed]);
const places = ({ findings }: Report, check: string): (readonly unknown[])[] =>
  findings.filter((one) => one.check === check).map(({ file, line, name, path }) => [file, line, name, path]);

const byText = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : 1);

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: api
          image: registry.example.com/api:1.0
          securityContext:
            privileged: true
`;
const overlay = {
  'base/deployment.yaml': deployment,
  'base/kustomization.yaml': 'resources: [deployment.yaml]\n',
  'overlays/prod/kustomization.yaml':
    'resources: [../../base]\nnamePrefix: prod-\nnamespace: prod\npatches: [{path: patch.yaml}]\nimages: [{name: registry.example.com/api, newTag: latest}]\n',
  'overlays/prod/patch.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      hostNetwork: true
      containers:
        - name: api
          securityContext: {readOnlyRootFilesystem: true}
        - name: side
          image: registry.example.com/side:latest
`,
};

describe('kustomizations', () => {
  it('were rendered', (context) => {
    if (!renderer) context.skip(missing);
  });

  const renders = (name: string, test: (means: Renderer) => void): void => {
    it(name, (context) => (renderer ? test(renderer) : context.skip(missing)));
  };

  renders('are judged by what they become, each resource once, at the place where a field stands', () => {
    const { report, mends } = scanFolder(overlay);
    assert.deepEqual(reasons(report), []);
    assert.deepEqual(
      report.evaluated.map(({ file, line, kind, namespace, name }) => [file, line, kind, namespace, name]),
      [['base/deployment.yaml', 1, 'Deployment', 'prod', 'prod-api']],
    );
    const container = 'spec.template.spec.containers[0]';
    assert.deepEqual(places(report, 'P01'), [
      ['base/deployment.yaml', 13, 'prod-api', `${container}.securityContext.privileged`],
    ]);
    assert.equal(mends, 0);
    assert.ok(report.findings.every((one) => one.patch === undefined));
  });

  renders('are judged at the patch that says a field, or misses it, and else at the kustomization', () => {
    const { report } = scanFolder(overlay);
    assert.deepEqual(places(report, 'P04'), [
      ['overlays/prod/patch.yaml', 7, 'prod-api', 'spec.template.spec.hostNetwork'],
    ]);
    // Missing in the patch that adds the container; the other has it from the patch.
    assert.deepEqual(places(report, 'P14'), [
      [
        'overlays/prod/patch.yaml',
        11,
        'prod-api',
        'spec.template.spec.containers[1].securityContext.readOnlyRootFilesystem',
      ],
    ]);
    // The tag is the kustomization's own.
    assert.deepEqual(
      places(report, 'P33')
        .map(([file, line]) => [file, line])
        .toSorted(byText),
      [
        ['overlays/prod/kustomization.yaml', 1],
        ['overlays/prod/patch.yaml', 12],
      ],
    );
  });

  renders('that nobody builds on are rendered themselves, also from outside of the path', () => {
    const base = scanFolder(overlay, { path: 'base' }).report;
    assert.deepEqual(
      base.evaluated.map(({ name }) => name),
      ['api'],
    );
    const prod = scanFolder(overlay, { path: 'overlays/prod' }).report;
    assert.deepEqual(
      prod.evaluated.map(({ name }) => name),
      ['prod-api'],
    );
    assert.deepEqual(
      places(prod, 'P01').map(([file]) => file),
      ['base/deployment.yaml'],
    );
  });

  renders('that come to the same say it once', () => {
    const one = {
      'a/kustomization.yaml': 'resources: [../base]\n',
      'b/kustomization.yml': 'resources: [../base]\n',
    };
    const { report } = scanFolder({
      'base/deployment.yaml': deployment,
      'base/kustomization.yaml': 'resources: [deployment.yaml]\n',
      ...one,
    });
    assert.equal(places(report, 'P01').length, 1);
    assert.equal(report.evaluated.length, 2);
  });

  renders('with generators of maps, components and old fields are rendered too', () => {
    const { report } = scanFolder({
      'app/deployment.yaml': deployment,
      'app/settings.env': 'A=1\n',
      'app/Kustomization':
        'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nbases: [../more]\nresources: [deployment.yaml]\ncomponents: [../part]\nconfigMapGenerator: [{name: settings, envs: [settings.env], files: [as=settings.env]}]\n',
      'more/kustomization.yaml': 'resources: [service.yaml]\n',
      'more/service.yaml':
        'apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {selector: {app: api}}\n',
      'part/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: p.yaml, target: {kind: Deployment}}]\n',
      'part/p.yaml': '- {op: add, path: /spec/template/spec/hostPID, value: true}\n',
    });
    assert.deepEqual(reasons(report), []);
    assert.deepEqual(report.evaluated.map(({ file, kind }) => [file, kind]).toSorted(byText), [
      ['app/Kustomization', 'ConfigMap'],
      ['app/deployment.yaml', 'Deployment'],
      ['more/service.yaml', 'Service'],
    ]);
    // A patch of another form tells no place.
    assert.deepEqual(
      places(report, 'P02').map(([file, line]) => [file, line]),
      [['app/Kustomization', 1]],
    );
  });

  renders('are let stand by comments in their parts and by annotations', () => {
    const until = '2027-01-31';
    const { report } = scanFolder({
      'kustomization.yaml': 'resources: [deployment.yaml]\nnameSuffix: -1\n',
      'deployment.yaml': deployment
        .replace(
          '  name: api\n',
          `  name: api\n  annotations: {surety.dev/ignore: "P06 until ${until}: the image needs it"}\n`,
        )
        .replace(
          'privileged: true',
          `privileged: true # surety: ignore P01 until ${until}: it builds images`,
        ),
    });
    assert.deepEqual(report.suppressed.map(({ finding }) => finding.check).toSorted(), ['P01', 'P06']);
    assert.ok(!report.findings.some(({ check }) => check.startsWith('X')));
  });

  renders(
    'that are broken are named with what was said about them, and their parts judged as they lie',
    () => {
      const { report } = scanFolder({
        'kustomization.yaml': 'resources: [deployment.yaml]\npatches: [{path: none.yaml}]\n',
        'deployment.yaml': deployment,
      });
      const [[file, reason, failed] = []] = reasons(report);
      assert.deepEqual([file, failed], ['kustomization.yaml', true]);
      assert.match(reason ?? '', /^it cannot be rendered: .*none\.yaml/);
      assert.deepEqual(
        report.evaluated.map(({ name }) => name),
        ['api'],
      );
    },
  );

  renders('may read no file outside of their folder', () => {
    const { report } = scanFolder({
      'app/kustomization.yaml': 'configMapGenerator: [{name: a, files: [../secret]}]\n',
      secret: 'hunter2secret',
    });
    assert.match(reasons(report)[0]?.[1] ?? '', /^it cannot be rendered: .*security/);
    assert.doesNotMatch(JSON.stringify(report), /hunter2secret/);
  });

  renders('that use each other in a circle are named', () => {
    const { report } = scanFolder({
      'a/kustomization.yaml': 'resources: [../b]\n',
      'b/kustomization.yaml': 'resources: [../a]\n',
    });
    assert.ok(
      reasons(report).length > 0 &&
        reasons(report).every(([, reason, failed]) => failed && /cycle/.test(reason)),
    );
  });

  it('without a program that renders are named, and their parts judged as they lie', () => {
    const folder = write(overlay);
    const { report } = scan([folder], corpusSettings);
    assert.equal(report.notEvaluated.length, 1);
    assert.match(report.notEvaluated[0]?.reason ?? '', /^there is neither kubectl nor kustomize here/);
    assert.equal(report.notEvaluated[0]?.failed, false);
    assert.equal(report.evaluated.length, 2);
  });

  renders('are followed through links as the folder has them', (means) => {
    const folder = write(overlay);
    symlinkSync(join(folder, 'base'), join(folder, 'again'));
    const { report } = scan([folder], corpusSettings, { renderer: means });
    assert.deepEqual(
      report.evaluated.map(({ name }) => name),
      ['prod-api'],
    );
  });

  it('that are resources of something else are judged as such', () => {
    const { report } = scanFolder({
      'kustomization.yaml':
        'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\n',
    });
    assert.match(
      reasons(report)[0]?.[1] ?? '',
      /^no check knows the kind Kustomization of kustomize\.toolkit/,
    );
  });
});
