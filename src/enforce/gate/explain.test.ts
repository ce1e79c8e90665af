import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readGatePolicy } from '../../../test/support/gate-policy.ts';
import { policyFormat } from '../../../test/support/policy-format.ts';
import { dataSchema } from '../privacy/index.ts';
import { Denied } from './denied.ts';
import { explainGate } from './explain.ts';
import { compileGate } from './snapshot/snapshot.ts';
import type { Read } from './states.ts';
import { authorize } from './steps/authorize.ts';

const roleNames = ['one', 'two'];
const modelNames = ['a', 'b', 'c'];

const resource = fc.constantFrom(
  '/v1/**',
  '/v1/chat/completions',
  '/v1/*',
  '/v1/models',
  '/claude/**',
  '/claude/v1/messages',
  '/**',
  '/open/**',
  '/v1/embeddings',
);
const role = fc.record({
  may: fc
    .uniqueArray(resource, { minLength: 1, maxLength: 3 })
    .map((paths) => paths.map((path) => `call ${path}`)),
  models: fc.subarray([...modelNames, '*'], { minLength: 1 }),
});
const models = fc
  .subarray(modelNames, { minLength: 1 })
  .map((names) => Object.fromEntries(names.map((name) => [name, 'echo'])));
const policies = fc
  .record({ one: role, two: role, first: models, second: models })
  .map(({ one, two, first, second }) => {
    return readGatePolicy({
      version: 1,
      gate: {
        upstreams: { echo: { builtin: 'echo' } },
        routes: [
          { match: '/v1/**', wire: 'openai', models: first },
          { match: '/claude/**', wire: 'anthropic', models: second },
        ],
      },
      identity: { roles: { one, two } },
    }).policy;
  });

describe('what is explained', () => {
  it('says what each service may see of data, as the gate decides it, and nothing where nothing is looked for', () => {
    const gate = {
      upstreams: { near: { builtin: 'echo', ceiling: 'restricted' }, far: { builtin: 'echo' } },
      routes: [
        { match: '/v1/**', wire: 'openai', models: { a: ['far', 'near'] } },
        { match: '/x/**', to: 'https://x.example', above: 'pseudonymise', fields: { skip: ['vector'] } },
      ],
    };
    const data = { detect: { email: 'internal', card: 'restricted' }, ceiling: 'public', above: 'redact' };
    const reading = policyFormat.read(JSON.stringify({ version: 1, gate, data }), 'p.yaml');
    assert.ok(reading.ok);
    const explained = explainGate(reading.policy);
    assert.deepEqual(explained.data, {
      classes: { public: [], internal: ['email'], confidential: [], restricted: ['card'] },
      unread: 'restricted',
      answers: 'classified and passed on',
    });
    assert.deepEqual(
      explained.routes.map((route) => route.data),
      [
        ['far may see up to public', 'near may see up to restricted', 'above it: redacted'],
        ['https://x.example/ may see up to public', 'above it: pseudonymised', 'fields of skip: vector'],
      ],
    );
    const plain = explainGate({ ...reading.policy, data: dataSchema.parse({}) });
    assert.deepEqual([plain.data, plain.routes[0]?.data], [undefined, []]);
  });

  it('is what is decided, for every role, operation and model', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const snapshot = compileGate(policy, '');
        for (const { match, operations, callers, models: served } of explainGate(policy).routes) {
          for (const text of operations) {
            const [, method = '', path = ''] = /^(\S+) (\S+) /.exec(text) ?? [];
            if (path.includes('{')) continue;
            const route = snapshot.findRoute(path);
            const operation = route?.findOperation(method, path);
            assert.ok(route?.pattern.text === match && operation, `${text} is not served`);
            for (const name of roleNames) {
              const caller = callers.find((explained) => explained.role === name);
              const mayCall = caller?.operations.includes(text) ?? false;
              const asked: readonly (string | undefined)[] =
                operation.operation.model === 'none' ? [undefined] : modelNames;
              for (const model of asked) {
                const state = {
                  caller: { kind: 'key', roles: [name], team: undefined },
                  snapshot,
                  route,
                  operation,
                  path,
                  model,
                } as unknown as Read;
                const decided = !(authorize(state) instanceof Denied);
                const explained =
                  mayCall &&
                  (model === undefined || (model in served && (caller?.models.includes(model) ?? false)));
                assert.equal(decided, explained, `${name} ${text} ${model}`);
              }
            }
          }
        }
      }),
    );
  });
});
