import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { z } from 'zod';
import { field } from './fields.ts';
import { definePolicy } from './format.ts';
import { limitSetSchema } from './limit-set.ts';
import { formatProblem } from './problem.ts';
import type { PolicySection } from './section.ts';
import { systemSection } from './system.ts';

const gateSchema = z.strictObject({
  listen: field.listenAddress().prefault('127.0.0.1:8080'),
  upstreams: z
    .record(
      field.name(),
      z.strictObject({
        url: field.url({ schemes: ['https'] }),
        credential: field.secretReference().optional(),
      }),
    )
    .prefault({}),
  routes: z
    .array(
      z.strictObject({
        match: field.pathPattern(),
        wire: z.enum(['openai', 'anthropic']).prefault('openai'),
        to: z.union([field.name(), z.array(field.name()).min(1)]).optional(),
        limits: limitSetSchema.prefault({}),
      }),
    )
    .prefault([]),
});

const gateSection: PolicySection<'gate', typeof gateSchema, { gate: z.output<typeof gateSchema> }> = {
  name: 'gate',
  schema: gateSchema,
  check({ gate }, report) {
    const known = Object.keys(gate.upstreams);
    for (const [index, { to }] of gate.routes.entries()) {
      if (typeof to !== 'string' || known.includes(to)) continue;
      report({
        path: ['gate', 'routes', index, 'to'],
        message: 'no such upstream',
        found: to,
        allowed: known,
      });
    }
  },
};

const format = definePolicy([systemSection, gateSection]);

/** The problems of a policy, as an operator sees them. */
const problemsOf = (text: string): string[] => {
  const result = format.read(text, 'surety.yaml');
  return result.ok ? [] : result.problems.map(formatProblem);
};

const read = (text: string) => {
  const result = format.read(text, 'surety.yaml');
  assert.ok(result.ok, problemsOf(text).join('\n'));
  return result;
};

test('a policy of one line has every default', () => {
  const { policy } = read('version: 1\n');
  assert.deepEqual(policy, {
    version: 1,
    system: { name: 'AI platform', services: {}, flows: [] },
    gate: { listen: { host: '127.0.0.1', port: 8080, loopback: true }, upstreams: {}, routes: [] },
  });
  assert.throws(() => Object.assign(policy.gate.listen, { port: 1 }), TypeError);
});

test('an unknown key is an error with its place and the nearest valid key', () => {
  assert.deepEqual(problemsOf('version: 1\ngate:\n  routes:\n    - macth: /v1/**\n'), [
    'surety.yaml:4:7 gate.routes[0].macth: unknown key "macth"; allowed: match, wire, to, limits; did you mean "match"?',
    'surety.yaml:4:7 gate.routes[0].match: "match" is missing',
  ]);
  assert.deepEqual(problemsOf('version: 1\ngaet: {}\n'), [
    'surety.yaml:2:1 gaet: unknown key "gaet"; allowed: version, system, gate; did you mean "gate"?',
  ]);
});

test('a section or key whose room is not built is an error, not silence', () => {
  assert.deepEqual(problemsOf('version: 1\nrespond: {}\nsystem: { versions: {} }\npromises: {}\n'), [
    'surety.yaml:2:1 respond: "respond" is not built yet',
    'surety.yaml:3:11 system.versions: "versions" is not built yet',
    'surety.yaml:4:1 promises: "promises" is not built yet',
  ]);
});

test('the version must be there and must be 1', () => {
  assert.deepEqual(problemsOf(''), ['surety.yaml:1:1 version: "version" is missing']);
  assert.deepEqual(problemsOf('version: 2'), [
    'surety.yaml:1:10 version: not one of the allowed values; found "2"; allowed: 1',
  ]);
  assert.deepEqual(problemsOf('version: "1"'), ['surety.yaml:1:10 version: expected 1; found text']);
});

test('a wrong value is named with its place, what was found and what is allowed', () => {
  const text = `version: 1
gate:
  listen: 8080
  upstreams:
    - openai
  routes:
    - match: /v1/../x
      wire: opnai
      to: []
      limits: { requests: [600/min, lots], concurrency: 0 }
`;
  assert.deepEqual(problemsOf(text), [
    'surety.yaml:3:11 gate.listen: expected text; found a number',
    'surety.yaml:5:5 gate.upstreams: expected keys and values; found a list',
    'surety.yaml:7:14 gate.routes[0].match: dot segments are not allowed; write /v1/**, /v1/*/files or /healthz; found "/v1/../x"',
    'surety.yaml:8:13 gate.routes[0].wire: not one of the allowed values; found "opnai"; allowed: openai, anthropic; did you mean "openai"?',
    'surety.yaml:9:11 gate.routes[0].to: too small: at least 1 items',
    'surety.yaml:10:37 gate.routes[0].limits.requests[1]: not a rate; write 600/min, 100/s, 200k/min or 5M/day; found "lots"',
    'surety.yaml:10:57 gate.routes[0].limits.concurrency: too small: at least 1; found "0"',
  ]);
});

test('what sections say of each other is checked, with places and suggestions', () => {
  const text = `version: 1
gate:
  upstreams: { openai: { url: https://api.openai.com } }
  routes: [{ match: /v1/**, to: opnai }]
`;
  assert.deepEqual(problemsOf(text), [
    'surety.yaml:4:33 gate.routes[0].to: no such upstream; found "opnai"; allowed: openai; did you mean "openai"?',
  ]);
});

/** What YAML permits and a policy does not, with the place it is found at. */
const refusedYaml: readonly [string, string, string][] = [
  ['a duplicate key', 'version: 1\ngate: {}\ngate: {}\n', '3:1 gate: this key stands here twice'],
  [
    'a duplicate key spelled with an escape',
    'version: 1\ngate: {}\n"g\\x61te": {}\n',
    '3:1 gate: this key stands here twice',
  ],
  ['an anchor', 'version: 1\nsystem: { name: &n x }\n', '2:20 system.name: anchors'],
  ['an alias', 'version: 1\nsystem: { name: &n x, description: *n }\n', '2:36 system.description: aliases'],
  ['a merge key', 'version: 1\nsystem: { "<<": { name: x } }\n', '2:11 system["<<"]: merge keys'],
  ['a tag', 'version: 1\nsystem: { name: !!str 5 }\n', '2:23 system.name: tags'],
  ['an unknown tag', 'version: 1\nsystem: { name: !env X }\n', '2:22 system.name: tags'],
  ['a tab', 'version: 1\ngate:\n\troutes: []\n', '3:1 a tab'],
  ['more than one document', 'version: 1\n---\nversion: 1\n', '2:1 more than one YAML document'],
  ['a YAML 1.1 directive', '%YAML 1.1\n---\nversion: 1\n', '1:1 only YAML 1.2'],
  [
    'an unquoted yes',
    'version: 1\nsystem: { name: yes }\n',
    '2:17 system.name: read as true or false by some',
  ],
  [
    'an unquoted off',
    'version: 1\nsystem: { name: Off }\n',
    '2:17 system.name: read as true or false by some',
  ],
  [
    'an octal number',
    'version: 1\ngate: { routes: [{ match: /x, limits: { concurrency: 010 } }] }\n',
    '2:54 ',
  ],
  ['a base-60 number', 'version: 1\nsystem: { name: 12:30:45 }\n', '2:17 system.name: a base-60 number'],
  ['infinity', 'version: 1\ngate: { routes: [{ match: /x, limits: { concurrency: .inf } }] }\n', '2:54 '],
  ['an unclosed bracket', 'version: 1\ngate: { routes: [\n', '3:1 '],
  ['a key that is a list', 'version: 1\n[a]: 1\n', '2:1 '],
  [
    'a name every object has',
    'version: 1\ngate: { upstreams: { constructor: { url: https://x.example } } }\n',
    '2:22 ',
  ],
  ['__proto__', 'version: 1\ngate: { upstreams: { __proto__: { url: https://x.example } } }\n', '2:22 '],
  ['a list as the file', '- version: 1\n', '1:1 expected keys and values; found a list'],
  ['an empty section', 'version: 1\ngate:\n', '2:6 gate: expected keys and values; found nothing'],
];

for (const [name, text, expected] of refusedYaml) {
  test(`a policy with ${name} is refused at its place`, () => {
    const problems = problemsOf(text);
    assert.ok(
      problems.some((problem) => problem.startsWith(`surety.yaml:${expected}`)),
      `expected ${expected}; got\n${problems.join('\n')}`,
    );
  });
}

test('a quoted yes and a quoted number are text', () => {
  assert.equal(read('version: 1\nsystem: { name: "yes" }').policy.system.name, 'yes');
  assert.equal(read("version: 1\nsystem: { name: '010' }").policy.system.name, '010');
});

test('a policy that is too large or nested too deeply is refused without being parsed', () => {
  assert.match(problemsOf(`version: 1\n# ${'x'.repeat(1_000_000)}`).join(), /larger than 1000000 characters/);
  for (const bomb of ['['.repeat(100_000), '- '.repeat(50_000), '{a: '.repeat(5000), '? '.repeat(50_000)]) {
    assert.match(problemsOf(bomb).join(), /nested deeper than 64 levels/);
  }
});

test('an alias bomb is refused', () => {
  const lines = ['a0: &a0 x'];
  for (let level = 1; level < 30; level++)
    lines.push(`a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`);
  assert.match(problemsOf(lines.join('\n')).join(), /aliases/);
});

/** Made up in the shapes that are sought; put together here so that no scanner of this repository finds them. */
const literals: readonly string[] = [
  `sk-${'a1B2'.repeat(6)}`,
  `sk-ant-api03-${'a1B2'.repeat(6)}`,
  `sty_${'a1B2'.repeat(8)}`,
  `AKIA${'A1B2'.repeat(4)}`,
  `ghp_${'a1B2'.repeat(9)}`,
  `github_pat_${'a1B2'.repeat(9)}`,
  `glpat-${'a1B2'.repeat(5)}`,
  `xoxb-${'12345-'.repeat(3)}abc`,
  `AIza${'a1B2c'.repeat(7)}`,
  `hf_${'a1B2'.repeat(8)}`,
  `eyJ${'a1B2'.repeat(4)}.eyJ${'a1B2'.repeat(4)}.sig`,
  ['-----BEGIN RSA', 'PRIVATE', 'KEY-----'].join(' '),
  ['https://user:', '@service.example'].join('hunter2'),
];

test('a literal secret anywhere in the file is an error that names the place and not the secret', () => {
  for (const literal of literals) {
    const quoted = JSON.stringify(literal);
    const texts = [
      `version: 1\ngate: { upstreams: { a: { url: https://x.example, credential: ${quoted} } } }\n`,
      `version: 1\nsystem: { description: ${quoted} }\n`,
      `version: 1\nunknown: { deep: [${quoted}] }\n`,
      `version: 1\n# was: ${literal}\n`,
      `version: 1\n${quoted}: 1\n`,
      `version: 1\ngate: { routes: [{ match: ${quoted}, wire: ${quoted}, to: ${quoted} }] }\n`,
      `version: 1\nsystem: { description: "\\x${literal.charCodeAt(0).toString(16)}${literal.slice(1)}" }\n`,
    ];
    for (const text of texts) {
      const result = format.read(text, 'surety.yaml');
      assert.ok(!result.ok, text);
      const told = `${JSON.stringify(result.problems)}${result.problems.map(formatProblem).join('\n')}`;
      assert.match(told, /surety\.yaml:2:\d+ .*this looks like/);
      assert.ok(!told.includes(literal), told);
      assert.ok(!told.includes(literal.slice(4, 24)), told);
    }
  }
});

test('a secret without a known shape, where a reference belongs, is not repeated', () => {
  const told = problemsOf(
    'version: 1\ngate: { upstreams: { a: { url: https://x.example, credential: hunter2 } } }\n',
  );
  assert.deepEqual(told, [
    'surety.yaml:2:63 gate.upstreams.a.credential: not a secret reference; write env:OPENAI_API_KEY or file:/run/secrets/openai',
  ]);
});

test('control characters of the file do not reach the terminal', () => {
  const [problem = ''] = problemsOf('version: 1\nsystem: { contact: "\\e[2Jhttps" }\n');
  assert.match(problem, /found "\\u001b\[2Jhttps"/);
});

test('comments, key order and layout do not change the digest; any value does', () => {
  const { digest } = read('version: 1\nsystem: { name: A, description: B }\n');
  assert.match(digest, /^[0-9a-f]{64}$/);
  assert.equal(read('# why\nsystem:\n  description: "B" # x\n  name: A\nversion: 1').digest, digest);
  assert.notEqual(read('version: 1\nsystem: { name: A, description: C }').digest, digest);
  assert.notEqual(read('version: 1\nsystem: { name: A }').digest, digest);
  assert.notEqual(read('version: 1\ngate: { listen: "127.0.0.1:1" }').digest, read('version: 1').digest);
});

test('reading never throws, whatever the text', () => {
  const documents = fc.object({
    key: fc.constantFrom('version', 'gate', 'routes', 'match', 'limits', 'x', '<<'),
  });
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary', maxLength: 200 }),
    documents.map((value) => stringify(value)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const result = format.read(text, 'surety.yaml');
      for (const { line, column } of result.ok ? [] : result.problems) assert.ok(line >= 1 && column >= 1);
    }),
    { numRuns: 500 },
  );
});
