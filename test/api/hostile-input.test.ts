import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { type ApiRoute, apiRoutes, createDoor, folderOwner } from '../../src/serve/index.ts';
import { openAdmin, origin, type TestAdmin } from '../support/admin.ts';

const policy = `
version: 1
gate: { upstreams: { echo: { builtin: echo } }, routes: [ { match: /v1/**, wire: openai, models: { gpt: echo } } ] }
identity: { roles: { developer: { may: [call /v1/**] } } }
`;

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** Bodies no route takes, whatever it asks for. */
const bodies: Readonly<Record<string, string | Buffer>> = {
  'no JSON': 'x',
  'half of it': '{"name":',
  'a list': '[{}]',
  'a text': '"name"',
  null: 'null',
  'a number': '1e999',
  'nested too deep': deep(5000),
  'nested within bounds': deep(60),
  'a name twice': '{"nonsense":1,"nonsense":2}',
  'a name twice, once escaped': '{"id":"a","\\u0069d":"b"}',
  'a name twice further in': '{"a":{"b":1,"b":2}}',
  'a member nobody knows': '{"nonsense":1}',
  __proto__: '{"__proto__":{"admin":true}}',
  constructor: '{"constructor":{"prototype":{"admin":true}}}',
  toString: '{"toString":1,"hasOwnProperty":1,"valueOf":{}}',
  'a name that is empty': '{"":1}',
  'invalid UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  'a byte order mark': Buffer.from('\ufeff{"nonsense":1}'),
  'two documents': '{}{}',
  'a comment': '{/**/}',
  'many members': `{${Array.from({ length: 10_000 }, (_, index) => `"m${index}":0`).join()}}`,
  'too large': `{"nonsense":"${'x'.repeat(300_000)}"}`,
};

/** Values in the place of each member a route knows. */
const values: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202e\n\u001b[31m',
  'x'.repeat(200_000),
  '__proto__',
  "' or 1=1 --",
  '../../etc/passwd',
  [],
  [[]],
  {},
  { __proto__: null, a: { b: [] } },
  Array.from({ length: 5000 }, () => 'x'),
  '-1d',
  '99999999999999d',
];

const nameOf = ({ method, path }: ApiRoute) => `${method} ${path}`;
const membersOf = ({ input, path }: ApiRoute): string[] =>
  input instanceof z.ZodObject ? Object.keys(input.shape).filter((name) => !path.includes(`:${name}`)) : [];

describe('what no route takes', () => {
  let admin: TestAdmin;
  let key: string;
  before(async () => {
    admin = await openAdmin(policy);
    key = (await admin.operator('owner')).key;
    await admin.house.keys.create({ name: 'n', role: 'developer', expiresInMs: 3_600_000 }, 'owner');
  });
  after(() => admin.close());

  /** Everything the store holds but traces of use. */
  async function state(): Promise<string> {
    const { db } = admin.house.store;
    const tables = await db.introspection.getTables();
    const rows: unknown[] = [];
    for (const { name } of tables) {
      if (name === 'cursors' || name === 'outbox' || name.startsWith('usage')) continue;
      rows.push(
        name,
        await db
          .selectFrom(name as 'operators')
          .selectAll()
          .execute(),
      );
    }
    return JSON.stringify(rows, (field, value: unknown) =>
      /_(?:seen|used)_at|seen_at/.test(field) ? 0 : value,
    );
  }
  const urlOf = (route: ApiRoute, query = '') =>
    new URL(`${route.path.replaceAll(/:\w+/g, 'nobody')}${query}`, origin);
  const send = async (
    route: ApiRoute,
    sent: {
      body?: string | Buffer | ReadableStream<Uint8Array>;
      type?: string;
      query?: string;
    },
  ) => {
    const { body, type = 'application/json', query = '' } = sent;
    const headers = new Headers({ 'if-match': '*', host: '127.0.0.1:8081', 'content-type': type });
    if (route.permission !== 'anyone') headers.set('authorization', `Bearer ${key}`);
    const request = new Request(urlOf(route, query), {
      method: route.method,
      headers,
      ...(body !== undefined && { body, duplex: 'half' }),
    });
    const answer = route.machineFiles
      ? await admin.api.fetch(request, folderOwner)
      : await throughDoor(request);
    const text = await answer.text();
    const failures = admin.log.splice(0).filter((line) => line.includes('an operator request failed'));
    assert.deepEqual(failures, []);
    return { status: answer.status, text };
  };
  const throughDoor = (request: Request) => {
    const door = createDoor({
      api: admin.api,
      operators: admin.house.operators,
      system: () => 'x',
      provider: () => undefined,
      clock: admin.clock,
      refused() {},
    });
    return door.fetch(request, { localAddress: '127.0.0.1', localPort: 8081, remoteAddress: '127.0.0.1' });
  };
  const isRefused = (status: number) => status >= 400 && status < 500;

  for (const route of apiRoutes.filter(({ method }) => method === 'POST')) {
    it(`is refused and changes nothing: ${nameOf(route)}`, async () => {
      const earlier = await state();
      for (const [name, body] of Object.entries(bodies)) {
        const { status, text } = await send(route, { body });
        assert.ok(isRefused(status), `${name}: ${status} ${text}`);
        assert.ok(!/at .*\.ts:\d|SQLITE/.test(text), text);
      }
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        'application/jsonx',
        '{}',
      ]) {
        const { status } = await send(route, { body: '{"nonsense":1}', type });
        assert.equal(status, 415, type);
      }
      const broken = new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(Buffer.from('{"name":"x",'));
          controller.error(new Error('the client went away'));
        },
      });
      assert.ok(isRefused((await send(route, { body: broken })).status));
      assert.equal(await state(), earlier);
    });

    it(`in the place of a member is never a failure of ours, and changes nothing where it is refused: ${nameOf(route)}`, async () => {
      let earlier = await state();
      for (const member of membersOf(route))
        for (const value of values) {
          const { status, text } = await send(route, { body: JSON.stringify({ [member]: value }) });
          assert.ok(status < 500, `${member}: ${JSON.stringify(value)?.slice(0, 50)}: ${status} ${text}`);
          if (!isRefused(status)) earlier = await state();
        }
      assert.equal(await state(), earlier);
    });
  }

  for (const route of apiRoutes.filter(({ method }) => method === 'GET')) {
    it(`in a query is never a failure of ours: ${nameOf(route)}`, async () => {
      for (const member of membersOf(route))
        for (const value of values.filter((one) => typeof one !== 'object')) {
          const text = String(value).slice(0, 3000).toWellFormed();
          const query = `?${encodeURIComponent(member)}=${encodeURIComponent(text)}`;
          const { status } = await send(route, { query });
          assert.ok(status < 500, `${member}=${text.slice(0, 50)}: ${status}`);
          assert.equal((await send(route, { query: `${query}&${query.slice(1)}` })).status, 400, 'twice');
        }
    });
  }

  it('is what is said in the query and in the body', async () => {
    const create = apiRoutes.find((route) => nameOf(route) === 'POST /api/operators');
    assert.ok(create);
    const earlier = await state();
    const twice = await send(create, { query: '?name=q', body: '{"name":"x","roles":["auditor"]}' });
    assert.equal(twice.status, 400);
    assert.match(twice.text, /name: it is given twice/);
    assert.equal(await state(), earlier);
  });
});
