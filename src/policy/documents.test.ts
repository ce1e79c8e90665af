import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { field } from './fields.ts';
import { definePolicy } from './format.ts';
import { policyJsonSchema } from './json-schema.ts';
import { limitSetSchema } from './limit-set.ts';
import { policyReference } from './reference.ts';
import { systemSection } from './system.ts';

const gate = z
  .strictObject({
    listen: field.listenAddress().prefault('127.0.0.1:8080').describe('Where the gate listens.'),
    upstreams: z
      .record(field.name(), z.strictObject({ credential: field.secretReference() }).describe('A service.'))
      .prefault({}),
    routes: z
      .array(
        z.strictObject({
          match: field.pathPattern().describe('The paths.'),
          limits: limitSetSchema.prefault({}).describe('How much.'),
          to: z
            .union([z.strictObject({ name: field.name() }), z.array(z.strictObject({ name: field.name() }))])
            .optional(),
          public: z.boolean().prefault(false),
        }),
      )
      .prefault([]),
  })
  .describe('The gate.');
const format = definePolicy([systemSection, { name: 'gate', schema: gate }]);

test('the JSON Schema carries what an editor shows: descriptions, defaults, examples, patterns, and no other keys', () => {
  const schema: unknown = JSON.parse(JSON.stringify(policyJsonSchema(format)));
  const part = z
    .looseObject({
      $schema: z.literal('https://json-schema.org/draft/2020-12/schema'),
      required: z.tuple([z.literal('version')]),
      additionalProperties: z.literal(false),
      properties: z.looseObject({
        gate: z.looseObject({
          additionalProperties: z.literal(false),
          properties: z.looseObject({ listen: z.unknown() }),
        }),
      }),
    })
    .parse(schema);
  assert.deepEqual(part.properties.gate.properties.listen, {
    type: 'string',
    description: 'Where the gate listens.',
    default: '127.0.0.1:8080',
    examples: ['127.0.0.1:8080', '[::1]:8080'],
    pattern: '^(\\[[0-9A-Fa-f:.]+\\]|\\d+\\.\\d+\\.\\d+\\.\\d+):\\d{1,5}$',
  });
  assert.ok(!JSON.stringify(schema).includes('"kind"'));
});

test('every pattern of the JSON Schema is one that editors can compile', () => {
  const patterns: string[] = [];
  JSON.stringify(policyJsonSchema(format), (key, value: unknown) => {
    if (key === 'pattern' && typeof value === 'string') patterns.push(value);
    return value;
  });
  assert.ok(patterns.length >= 5);
  for (const pattern of patterns) assert.doesNotThrow(() => new RegExp(pattern, 'u'), pattern);
});

test('the reference names every key once, with type, default, example and meaning', () => {
  const lines = policyReference(format).split('\n');
  const row = (key: string) => {
    const found = lines.filter((line) => line.startsWith(`| \`${key}\` |`));
    assert.equal(found.length, 1, key);
    return found[0];
  };
  assert.equal(
    row('gate.listen'),
    '| `gate.listen` | an address and port | `127.0.0.1:8080` |  | Where the gate listens. |',
  );
  assert.match(
    row('gate.upstreams.<name>.credential') ?? '',
    /a secret reference \| required \| `env:OPENAI_API_KEY`/,
  );
  assert.match(
    row('gate.routes[].limits.requests') ?? '',
    /a rate, or a list \|.*`600\/min` \| Calls per time\./,
  );
  assert.match(row('gate.routes[].to.name') ?? '', /a name \| required/);
  assert.match(row('gate.routes[].public') ?? '', /`true`, `false` \| `false`/);
  assert.match(row('system.contact') ?? '', /mailto:security@example\.com/);
  assert.ok(lines.includes('## `gate`') && lines.includes('The gate.'));
});
