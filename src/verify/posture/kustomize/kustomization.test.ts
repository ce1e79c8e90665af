import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { corpusSettings, scanTexts } from '../../../../test/support/posture.ts';

const deployment = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {}\n';
/** Whatever is given to it fails in another way. */
const renderer = { program: '/nowhere', parameters: [], searchPath: '', timeoutMs: 1, mostBytes: 1 };

const cannot: Readonly<Record<string, readonly [string, RegExp]>> = {
  'a resource of the network': [
    'resources: [https://example.com/a.yaml]',
    /takes resources from the network/,
  ],
  'a repository': ['resources: [github.com/acme/base?ref=main]', /takes resources from the network/],
  'a repository by another name': ['bases: ["git@example.com:acme/base"]', /takes bases from the network/],
  'a patch of the network': [
    'patches: [{Path: "https://example.com/p.yaml"}]',
    /takes patches from the network/,
  ],
  'a file of the network': [
    'configMapGenerator: [{name: a, files: ["a=https://example.com/a"]}]',
    /from the network/,
  ],
  'a chart': ['helmCharts: [{name: redis, repo: https://example.com}]', /inflates Helm charts/],
  'a generator': ['generators: [g.yaml]', /generators of its own/],
  'a transformer': ['transformers: [t.yaml]', /transformers of its own/],
  'a field in another case': [
    'Resources: [https://example.com/a.yaml]',
    /a field that is not known \(Resources\)/,
  ],
  'bytes instead of a text': [
    'resources: [!!binary aHR0cHM6Ly9leGFtcGxlLmNvbQ==]',
    /an entry in resources that is no text/,
  ],
  'a key that stands twice': ['resources: [a.yaml]\nresources: [b.yaml]', /stands twice/],
  'two documents': ['resources: []\n---\nresources: []', /must hold one document/],
  nothing: ['', /must hold one document/],
  'what is not there': ['resources: [gone.yaml]', /names gone\.yaml, which is not there/],
};

describe('kustomizations', () => {
  for (const [what, [text, expected]] of Object.entries(cannot)) {
    it(`with ${what} are not given to any program, and named, whoever builds on them`, () => {
      const files = {
        'base/kustomization.yaml': `${text}\n`,
        'base/deployment.yaml': deployment,
        'over/kustomization.yaml': 'resources: [../base]\n',
      };
      const { report } = scanTexts(files, corpusSettings, { renderer });
      assert.deepEqual(
        report.notEvaluated.map(({ file, failed }) => [file, failed]),
        [
          ['over/kustomization.yaml', true],
          ['base/kustomization.yaml', true],
        ],
      );
      for (const { reason } of report.notEvaluated) assert.match(reason, expected);
      assert.match(report.notEvaluated[0]?.reason ?? '', /\(\S+\/base\/kustomization\.yaml\)/);
      assert.deepEqual(
        report.evaluated.map(({ name }) => name),
        ['api'],
      );
    });
  }
});
