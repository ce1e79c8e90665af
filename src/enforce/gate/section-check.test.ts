import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { definePolicy } from '../../policy/index.ts';
import { identitySection } from '../identity/policy-section.ts';
import { limitsSection } from '../limits/policy-section.ts';
import { gateSection } from './policy-section.ts';

const format = definePolicy([gateSection, identitySection, limitsSection]);
const problemsOf = (gate: string): string[] => {
  const reading = format.read(`version: 1\ngate: ${gate}\n`, 'p.yaml');
  return reading.ok ? [] : reading.problems.map(({ path, message }) => `${path}: ${message}`);
};
const up = 'upstreams: { u: { url: "https://u.example" } }';

const refused: readonly (readonly [string, string, RegExp])[] = [
  [
    'that listens in the clear for all',
    '{ listen: "0.0.0.0:8080" }',
    /gate\.listen: keys would cross the network/,
  ],
  ['with an upstream that is nowhere', '{ upstreams: { u: {} } }', /either url or builtin/],
  [
    'with an upstream in two places',
    '{ upstreams: { u: { url: "https://u.example", builtin: echo } } }',
    /either url or builtin/,
  ],
  ['with plain http outside', '{ upstreams: { u: { url: "http://u.example" } } }', /plain http/],
  [
    'with plain http on a route',
    '{ routes: [{ match: /a/**, to: "http://u.example" }] }',
    /routes.*to: plain http/,
  ],
  [
    'with two wires to one service',
    `{ ${up}, routes: [{ match: /v1/**, wire: openai, models: { m: u } }, { match: /a/**, wire: anthropic, models: { m: u } }] }`,
    /reached over the openai wire/,
  ],
  [
    'with the same route twice',
    `{ ${up}, routes: [{ match: /v1/**, name: x, wire: openai, models: { m: u } }, { match: /v1/**, wire: openai, models: { m: u } }] }`,
    /the same paths as route 0/,
  ],
  [
    'with routes that cross',
    '{ routes: [{ match: /a/*/c, to: "https://u.example" }, { match: /a/b/*, to: "https://u.example" }] }',
    /more specific/,
  ],
  [
    'with two routes of one name',
    '{ routes: [{ match: /a/**, name: x, to: "https://u.example" }, { match: /b/**, name: x, to: "https://u.example" }] }',
    /two routes have this name/,
  ],
  ['with a generic route to nowhere', '{ routes: [{ match: /a/** }] }', /needs to:/],
  [
    'with models on the generic wire',
    `{ ${up}, routes: [{ match: /a/**, to: "https://u.example", models: { m: u } }] }`,
    /knows no models/,
  ],
  [
    'with to: on a wire of models',
    `{ ${up}, routes: [{ match: /v1/**, wire: openai, models: { m: u }, to: "https://u.example" }] }`,
    /takes models: instead of to:/,
  ],
  [
    'with fields on a wire that says itself where text stands',
    `{ ${up}, routes: [{ match: /v1/**, wire: openai, models: { m: u }, fields: { text: [a] } }] }`,
    /only the generic wire takes it/,
  ],
  [
    'with a field that is two things',
    '{ routes: [{ match: /a/**, to: "https://u.example", fields: { text: [a], skip: [a] } }] }',
    /said to be text already/,
  ],
  [
    'with a field whose place cannot be read',
    '{ routes: [{ match: /a/**, to: "https://u.example", fields: { text: ["$.a[*]"] } }] }',
    /not the place of a field/,
  ],
  ['with a wire of models without any', '{ routes: [{ match: /v1/**, wire: openai }] }', /needs models:/],
  [
    'with a credential in the wrong place',
    `{ ${up}, routes: [{ match: /v1/**, wire: openai, models: { m: u }, credential: "env:KEY" }] }`,
    /credential belongs to the upstream/,
  ],
  [
    'with an upstream that is not there',
    `{ ${up}, routes: [{ match: /v1/**, wire: openai, models: { m: v } }] }`,
    /no upstream has this name/,
  ],
  [
    'in which nothing could be chosen',
    `{ ${up}, routes: [{ match: /v1/**, wire: openai, models: { m: { upstream: u, weight: 0 } } }] }`,
    /every weight is 0/,
  ],
];

describe('a policy of the gate', () => {
  it('that holds together is taken', () => {
    assert.deepEqual(
      problemsOf(`{ ${up}, routes: [{ match: /v1/**, wire: openai, models: { m: u } }] }`),
      [],
    );
    assert.deepEqual(problemsOf('{ listen: "0.0.0.0:8443", tls: elsewhere }'), []);
    assert.deepEqual(problemsOf('{ upstreams: { u: { url: "http://u.svc", private: true } } }'), []);
  });

  for (const [name, gate, problem] of refused) {
    it(`${name} is refused`, () => {
      const problems = problemsOf(gate);
      assert.ok(
        problems.some((text) => problem.test(text)),
        problems.join('\n') || 'it was taken',
      );
    });
  }
});
