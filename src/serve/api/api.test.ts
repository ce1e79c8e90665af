import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { z } from 'zod';
import { Fault, Secret } from '../../kernel/index.ts';
import { createAdminApi } from './api.ts';
import { apiRoutes } from './routes.ts';
import type { AdminServices } from './services.ts';

const id = '0199e2c4-7d5e-7000-8000-0123456789ab';
const record = {
  id: 'key_1',
  hint: 'sty_ab',
  name: 'n',
  role: 'r',
  createdAt: 0,
  expiresAt: 1_000,
  state: 'active',
} as const;
const revocation = { id: 'rev_1', issuer: 'https://a', kind: 'token', tokenId: 'j', createdAt: 0 } as const;
const entry = { id, at: '2026-01-01T00:00:00.000Z', kind: 'test.happened', outcome: 'succeeded' } as const;

/** Services that know one key and one entry, and remember what they were asked. */
function createServices() {
  const asked: (readonly unknown[])[] = [];
  const issued = { record, key: new Secret('sty_the-key-itself') };
  const notFound = new Fault('api.not-found', { detail: 'There is no API key of this id.' });
  const services = {
    keys: {
      list: async () => [record],
      find: async (given: string) => (given === record.id ? record : undefined),
      create: async (...given: unknown[]) => (asked.push(given), issued),
      async rotate(...given: unknown[]) {
        asked.push(given);
        if (given[0] !== record.id) throw notFound;
        return issued;
      },
      async revoke(...given: unknown[]) {
        asked.push(given);
        if (given[0] === 'key_broken') throw new TypeError('at /var/lib/surety with sk-secret-4711');
        if (given[0] !== record.id) throw notFound;
        return record;
      },
    },
    tokens: {
      list: async () => [revocation],
      revoke: async (...given: unknown[]) => (asked.push(given), revocation),
      async restore(...given: unknown[]) {
        asked.push(given);
        if (given[0] !== revocation.id) throw notFound;
        return revocation;
      },
    },
    ledger: {
      status: { size: 1, signedSize: 1, writable: true },
      verifierKey: 'origin+00000000+key',
      async *search(query: unknown) {
        asked.push([query]);
        yield { index: 0, signed: true, entry };
      },
      find: async (given: string) => (given === id ? { index: 0, signed: false, entry } : undefined),
      prove: async () => ({ index: 0, treeSize: 1, leafHash: 'h', hashes: [], checkpoint: 'c' }),
      proveConsistency: async (first: number) => ({ first, second: 1, hashes: [], checkpoint: 'c' }),
    },
    backup: async (out: string) => ({ folder: out, bytes: 1, entries: 1 }),
    exportRange: async (range: { out: string }) => (asked.push([range]), { file: range.out, entries: 1 }),
    policy: () => ({ file: 'surety.yaml', digest: 'd', loadedAt: 0, problem: undefined }),
    readiness: () => ({ status: 200, body: '{"problems":[]}' }),
    version: '1',
    now: () => 0,
  } as unknown as AdminServices;
  return { services, asked };
}

interface Example {
  readonly good: Readonly<Record<string, unknown>>;
  /** One wrong value, and where the refusal must say it stands; none where a route takes nothing. */
  readonly bad?: readonly [string, unknown];
}

const soon = { since: '24h', until: '0s', out: '/tmp/x' };
/** For every route, by method and path; a route without a row fails the first test. */
const examples: Readonly<Record<string, Example>> = {
  'GET /api/keys': { good: {} },
  'POST /api/keys': { good: { name: 'n', role: 'r', expires: '30d' }, bad: ['expires', 'soon'] },
  'GET /api/keys/:id': { good: { id: 'key_1' } },
  'POST /api/keys/:id/rotate': { good: { id: 'key_1', overlap: '1h' }, bad: ['overlap', '-1h'] },
  'POST /api/keys/:id/revoke': { good: { id: 'key_1' } },
  'GET /api/tokens/revocations': { good: {} },
  'POST /api/tokens/revocations': {
    good: { issuer: 'https://a', issuedBefore: '1h' },
    bad: ['issuedBefore', 'later'],
  },
  'POST /api/tokens/revocations/:id/restore': { good: { id: 'rev_1' } },
  'GET /api/ledger/entries': { good: { since: '24h', limit: '5' }, bad: ['limit', '5000'] },
  'GET /api/ledger/entries/:id': { good: { id, proof: 'true' }, bad: ['proof', 'yes'] },
  'GET /api/ledger': { good: {} },
  'GET /api/ledger/consistency': { good: { first: '1' }, bad: ['first', '0'] },
  'POST /api/ledger/export': { good: soon, bad: ['since', 'yesterday'] },
  'GET /api/system': { good: {} },
  'POST /api/backup': { good: { out: '/tmp/x' }, bad: ['out', 5] },
};

describe('the admin API', () => {
  let logged: string[];
  let made: ReturnType<typeof createServices>;
  let fetch: (request: Request) => Promise<Response>;
  beforeEach(() => {
    logged = [];
    const write = (message: string, fields?: object) => void logged.push(message + JSON.stringify(fields));
    made = createServices();
    const log = { debug: write, info: write, warn: write, error: write };
    ({ fetch } = createAdminApi({ routes: apiRoutes, services: made.services, log }));
  });

  const ask = async (name: string, input: Readonly<Record<string, unknown>>, more: object = {}) => {
    const [method = '', path = ''] = name.split(' ');
    const { id: given = 'none', ...rest } = input;
    const place = path.includes(':id') ? path.replace(':id', encodeURIComponent(String(given))) : path;
    const url = new URL(place, 'http://surety');
    const others = Object.entries({ ...rest, ...more });
    if (method === 'GET') for (const [key, value] of others) url.searchParams.set(key, String(value));
    const body = method === 'POST' ? JSON.stringify(Object.fromEntries(others)) : null;
    const response = await fetch(new Request(url, { method, body }));
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    };
  };
  const codeOf = (text: string) => (JSON.parse(text) as { code: string }).code;

  it('has an example here for every route', () => {
    const names = apiRoutes.map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(names.toSorted(), Object.keys(examples).toSorted());
    assert.equal(new Set(names).size, names.length);
  });

  for (const route of apiRoutes) {
    const name = `${route.method} ${route.path}`;
    const { good, bad } = examples[name] ?? { good: {} };

    it(`${name} says what it does, and has schemas`, () => {
      assert.match(route.summary, /^[A-Z].*\.$/);
      for (const schema of [route.input, route.output])
        assert.equal(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).type, 'object');
    });

    it(`${name} answers what its schema says`, async () => {
      const { status, text } = await ask(name, good);
      assert.equal(status, 200, text);
      assert.ok(route.output.safeParse(JSON.parse(text)).success, text);
    });

    it(`${name} refuses what it does not know, and says where`, async () => {
      const unknown = await ask(name, good, { nonsense: 'x' });
      assert.deepEqual([unknown.status, unknown.type], [400, 'application/problem+json']);
      assert.equal(codeOf(unknown.text), 'api.invalid');
      assert.match(unknown.text, /nonsense/);
      if (!bad) return;
      const [field, value] = bad;
      const wrong = await ask(name, { ...good, [field]: value });
      assert.equal(wrong.status, 400, wrong.text);
      assert.ok((JSON.parse(wrong.text) as { title: string }).title.includes(`${field}: `), wrong.text);
    });

    if (route.path.includes(':id')) {
      it(`${name} says that there is no such thing`, async () => {
        for (const unknown of ['nobody', '../keys', "' or 1=1", 'é']) {
          const { status, text } = await ask(name, { ...good, id: unknown });
          assert.deepEqual([status, codeOf(text)], [404, 'api.not-found'], unknown);
        }
      });
    }
  }

  it('has nothing at other paths, nor for other methods', async () => {
    for (const name of ['GET /', 'GET /api', 'GET /api/keys/', 'POST /api/ledger', 'DELETE /api/keys/key_1'])
      assert.equal((await ask(name, {})).status, 404, name);
  });

  it('takes a body that is an object, and no other', async () => {
    for (const body of ['[]', 'null', '5', '{', '"x"']) {
      const answer = await fetch(new Request('http://surety/api/keys', { method: 'POST', body }));
      assert.equal(answer.status, 400, body);
    }
  });

  it('acts on the id of the path, whatever the body says', async () => {
    const url = 'http://surety/api/keys/key_1/revoke?id=key_3';
    await fetch(new Request(url, { method: 'POST', body: JSON.stringify({ id: 'key_2' }) }));
    assert.deepEqual(made.asked, [['key_1', 'owner']]);
  });

  it('gives a key only in the answer that made it', async () => {
    for (const name of Object.keys(examples)) {
      const { text } = await ask(name, examples[name]?.good ?? {});
      const makes = name === 'POST /api/keys' || name === 'POST /api/keys/:id/rotate';
      assert.equal(text.includes('sty_the-key-itself'), makes, name);
    }
  });

  it('shows nothing of an error nobody foresaw, and logs its place without its text', async () => {
    const { status, text } = await ask('POST /api/keys/:id/revoke', { id: 'key_broken' });
    assert.deepEqual([status, codeOf(text)], [500, 'internal']);
    assert.equal(logged.length, 1);
    for (const said of [text, ...logged]) assert.ok(!said.includes('4711'), said);
  });

  it('refuses a proof from a checkpoint that the ledger has not reached', async () => {
    const { status, text } = await ask('GET /api/ledger/consistency', { first: '2' });
    assert.deepEqual([status, codeOf(text)], [409, 'api.conflict']);
  });
});
