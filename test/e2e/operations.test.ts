import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { starterPolicyFile } from '../../src/app/starter-policy.ts';
import type { Entry } from '../../src/record/index.ts';
import { answerChat, startService, type TestService } from '../support/service.ts';
import { runSurety, startSurety, type TestServer, waitFor } from '../support/surety.ts';

const policyOf = (service: TestService) => `
version: 1
gate:
  bounds: { calls: 10, memory: 100 KiB }
  upstreams: { service: { url: ${service.url}, private: true } }
  routes:
    - { match: /v1/**, wire: openai, models: { a: service, b: service, "free-*": service } }
    - { match: /agents/**, to: "${service.url}/agents", private: true, name: agents }
identity:
  # What a flood leaves in the ledger is tested here; that it is slowed down, in tokens.test.ts.
  failures: { address: 100000/s, key: 100000/s }
  roles:
    first: { may: [call /v1/**], models: [a] }
    second: { may: [call /v1/**, call /agents/**], models: [b, "free-*"], limits: { requests: 1000/h } }
    daily: { may: [call /v1/**], models: [a], limits: { requests: 2/day, cost: 1 USD/day } }
    few: { may: [call /v1/**], models: [a], limits: { requests: 1/h } }
limits:
  address: { requests: 100000/s }
  prices: { "*": { input: 1 USD/M, output: 1 USD/M } }
`;

describe('operations', () => {
  let service: TestService;
  let server: TestServer;
  let first: string;
  let second: string;
  before(async () => {
    service = await startService();
    server = await startSurety({ policy: policyOf(service) });
    first = (await server.createKey('first')).key;
    second = (await server.createKey('second')).key;
  });
  after(async () => {
    await server.dispose();
    await service.close();
  });

  const send = (
    key: string,
    model: string,
    more: { content?: string; path?: string; headers?: Record<string, string> } = {},
  ) =>
    fetch(`${server.gate}${more.path ?? '/v1/chat/completions'}`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json', ...more.headers },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: more.content ?? 'x' }] }),
    });
  const statusOf = async (answer: Promise<Response>): Promise<number> => {
    const response = await answer;
    await response.arrayBuffer();
    return response.status;
  };
  const get = async (path: string, key: string) => {
    const response = await fetch(`${server.gate}${path}`, { headers: { 'x-api-key': key } });
    return { status: response.status, text: await response.text() };
  };

  describe('two keys of two roles see nothing of each other', () => {
    it('in lists of models', async () => {
      const names = async (key: string) =>
        (JSON.parse((await get('/v1/models', key)).text) as { data: { id: string }[] }).data.map(
          ({ id }) => id,
        );
      assert.deepEqual(await names(first), ['a']);
      assert.deepEqual(await names(second), ['b']);
      assert.equal((await get('/v1/models/b', first)).status, 403);
      assert.equal(await statusOf(send(first, 'b')), 403);
      assert.equal(await statusOf(send(second, 'a')), 403);
    });
    it('by the ids that answers carry', async () => {
      const answer = await send(first, 'a');
      const entry = answer.headers.get('surety-entry') ?? '';
      const { id } = (await answer.json()) as { id: string };
      for (const path of [
        `/v1/chat/completions/${id}`,
        `/v1/responses/${id}`,
        `/v1/${entry}`,
        `/api/ledger/entries/${entry}`,
        '/api/keys',
        '/api/system',
        '/metrics',
      ])
        assert.equal((await get(path, second)).status, 404, path);
    });
    it('in their limits', async () => {
      const [one, other] = [(await server.createKey('few')).key, (await server.createKey('few')).key];
      assert.equal(await statusOf(send(one, 'a')), 200);
      assert.equal(await statusOf(send(one, 'a')), 429);
      assert.equal(await statusOf(send(other, 'a')), 200, 'the limit of one key was counted for another');
      assert.equal(await statusOf(send(first, 'a')), 200);
    });
    it('on the admin API, where a key of a caller opens nothing', async () => {
      for (const path of ['/api/keys', '/api/ledger', '/api/system', '/api/operators'])
        for (const headers of [{ 'x-api-key': first }, { authorization: `Bearer ${first}` }])
          assert.equal((await fetch(`${server.console}${path}`, { headers })).status, 401);
      assert.equal((await get('/api/keys', first)).status, 404, 'the gate serves it');
    });
  });

  describe('labels of metrics', () => {
    it('come from closed sets, whatever callers send', async () => {
      const marker = 'hostile7391';
      await Promise.all([
        statusOf(send(second, `free-${marker}`)),
        statusOf(send(first, marker)),
        statusOf(send(`sty_${marker}`, 'a')),
      ]);
      await Promise.all([
        get(`/${marker}`, first),
        get(`/v1/${marker}`, first),
        get(`/agents/${marker}`, second),
      ]);
      await fetch(`${server.gate}/v1/models`, {
        method: 'PROPFIND',
        headers: { 'user-agent': marker, 'x-request-id': marker },
      });
      await statusOf(send(first, 'a', { headers: { 'openai-organization': marker } }));
      const metrics = await server.metrics();
      assert.ok(!metrics.includes(marker), 'a caller made a series');
      assert.match(metrics, /gen_ai_request_model="other"/);
      const values = (label: string) =>
        new Set([...metrics.matchAll(new RegExp(`[{,]${label}="([^"]*)"`, 'g'))].map(([, value]) => value));
      for (const route of values('route'))
        assert.ok(['/v1/**', 'agents', 'none'].includes(String(route)), route);
      for (const model of values('gen_ai_request_model'))
        assert.ok(['a', 'b', 'other', 'none'].includes(String(model)), model);
      for (const upstream of values('upstream'))
        assert.ok(['service', 'route agents'].includes(String(upstream)), upstream);
    });
  });

  describe('overload is shed', () => {
    /** Calls that stay at the service until the test lets them go. */
    const hold = async (count: number, content?: string) => {
      const released = Promise.withResolvers<void>();
      const seenBefore = service.seen.length;
      service.behave(async (seen, response) => {
        await released.promise;
        return answerChat()(seen, response);
      });
      const calls = Array.from({ length: count }, () =>
        statusOf(send(first, 'a', content === undefined ? {} : { content })),
      );
      await waitFor(async () => (service.seen.length === seenBefore + count ? true : undefined));
      return async () => {
        released.resolve();
        assert.deepEqual(new Set(await Promise.all(calls)), new Set([200]));
        service.behave(answerChat());
      };
    };
    const shed = async (answer: Response) => {
      assert.equal(answer.status, 503);
      assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
      const body = (await answer.json()) as { code?: string; error?: { code: string } };
      // Shed at the door, before the route is looked for, it has no form of a wire yet.
      assert.equal(body.error?.code ?? body.code, 'overloaded');
    };
    it('from the caller who makes too many calls, and others are served meanwhile', async () => {
      const release = await hold(8);
      const refused = await send(first, 'a');
      const other = send(second, 'b');
      await waitFor(async () => (service.seen.at(-1)?.body.includes('"b"') ? true : undefined));
      await release();
      await shed(refused);
      assert.equal(await statusOf(other), 200);
      assert.equal(await statusOf(send(first, 'a')), 200);
    });
    it('before memory grows', async () => {
      const large = 'x'.repeat(30_000);
      const release = await hold(2, large);
      const metrics = await server.metrics();
      const refused = await send(first, 'a', { content: large });
      const other = send(second, 'b', { content: large.slice(0, 20_000) });
      await waitFor(async () => (service.seen.at(-1)?.body.includes('"b"') ? true : undefined));
      await release();
      await shed(refused);
      assert.equal(await statusOf(other), 200, 'one caller took all memory');
      assert.match(metrics, /^surety_body_bytes 6\d{4}$/m);
      assert.equal(await statusOf(send(first, 'a', { content: large })), 200);
      await waitFor(async () => (/^surety_body_bytes 0$/m.test(await server.metrics()) ? true : undefined));
    });
  });

  it('a flood of bad keys fills no ledger and stops no good call', async () => {
    const requests = 4000;
    const connections = 8;
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const earlier = (await server.entries('--kind', 'call.denied', '--reason', 'credential.unknown')).length;
    // Well-formed, and known to nobody: the check digits come from a key that is revoked by not being here.
    const stranger = await foreignKey();
    const one = () =>
      new Promise<number>((resolve, reject) => {
        const sent = request(
          `${server.gate}/v1/models`,
          { agent, headers: { 'x-api-key': stranger } },
          (response) => {
            response.resume().on('end', () => resolve(response.statusCode ?? 0));
          },
        );
        sent.on('error', reject).end();
      });
    const flood = Promise.all(
      Array.from({ length: connections / 2 }, async () => {
        for (let sent = 0; sent < requests / (connections / 2); sent++) assert.equal(await one(), 401);
      }),
    );
    let good = 0;
    let flooding = true;
    const ended = flood.finally(() => {
      flooding = false;
    });
    while (flooding) {
      assert.equal(await statusOf(send(first, 'a')), 200, 'a good call was stopped');
      good++;
    }
    await ended;
    agent.destroy();
    assert.ok(good > 10);
    const told = (entries: readonly Entry[]): number =>
      entries.reduce((sum, { detail }) => sum + Number(detail?.['count'] ?? 1), 0);
    const entries = await server.waitForEntries(
      ['--kind', 'call.denied', '--reason', 'credential.unknown'],
      (found) => told(found) === earlier + requests,
    );
    assert.ok(
      entries.length - earlier < requests / 50,
      `${entries.length - earlier} entries for ${requests} requests`,
    );
  });

  describe('keys', () => {
    it('go on for the overlap when they are rotated', async () => {
      const old = await server.createKey('first');
      const rotated = await server.run('keys', 'rotate', old.id, '--overlap', '1h', '--json');
      assert.equal(rotated.code, 0, rotated.err);
      const fresh = JSON.parse(rotated.out) as { id: string; key: string; role: string };
      assert.equal(fresh.role, 'first');
      assert.notEqual(fresh.id, old.id);
      for (const key of [old.key, fresh.key]) assert.equal(await statusOf(send(key, 'a')), 200);
      const listed = JSON.parse((await server.run('keys', 'list', '--json')).out) as {
        id: string;
        expiresAt: string;
      }[];
      const until = Date.parse(listed.find(({ id }) => id === old.id)?.expiresAt ?? '');
      assert.ok(until <= Date.now() + 3_600_000 && until > Date.now(), 'the old key has another end');
    });

    it('that are revoked stay so after a restart, and a restart refills no daily budget', async () => {
      const revoked = await server.createKey('first');
      assert.equal((await server.run('keys', 'revoke', revoked.id)).code, 0);
      const { key } = await server.createKey('daily');
      assert.deepEqual(
        [await statusOf(send(key, 'a')), await statusOf(send(key, 'a')), await statusOf(send(key, 'a'))],
        [200, 200, 429],
      );
      assert.equal(await server.stop(), 0);
      await server.restart();
      assert.equal(await statusOf(send(revoked.key, 'a')), 401);
      assert.equal(await statusOf(send(key, 'a')), 429);
      assert.equal(await statusOf(send(first, 'a')), 200);
    });
  });

  describe('the policy', () => {
    const loads = (kind: 'policy.loaded' | 'policy.refused', count: number) =>
      server.waitForEntries(['--kind', kind], (entries) => entries.length >= count);
    const problemMetric = (value: 0 | 1) =>
      waitFor(async () =>
        (await server.metrics()).includes(`surety_policy_problem ${value}\n`) ? true : undefined,
      );

    it('is put in force when it changes, and a bad one leaves the old in force and says so', async () => {
      const text = readFileSync(server.policyFile, 'utf8');
      const earlier = await server.entries('--kind', 'policy.loaded');
      writeFileSync(
        server.policyFile,
        text.replace(
          'first: { may: [call /v1/**], models: [a] }',
          'first: { may: [call /v1/**], models: [a, b] }',
        ),
      );
      const later = await loads('policy.loaded', earlier.length + 1);
      assert.notEqual(later.at(-1)?.detail?.['digest'], earlier.at(-1)?.detail?.['digest']);
      assert.equal(await statusOf(send(first, 'b')), 200);

      writeFileSync(server.policyFile, text.replace('identity:', 'identitty:'));
      const [refusal] = await loads('policy.refused', 1);
      assert.deepEqual([refusal?.outcome, refusal?.reason], ['failed', 'policy.invalid']);
      await problemMetric(1);
      assert.equal(await statusOf(send(first, 'b')), 200, 'the old policy is not in force any more');
      assert.match(server.log(), /identitty/);

      writeFileSync(server.policyFile, text);
      await loads('policy.loaded', later.length + 1);
      await problemMetric(0);
      assert.equal(await statusOf(send(first, 'b')), 403);
    });

    it('is followed through the symlinks of a ConfigMap', async () => {
      const text = readFileSync(server.policyFile, 'utf8');
      const folder = dirname(server.policyFile);
      const earlier = await server.entries('--kind', 'policy.loaded');
      const version = (name: string, changed: string): void => {
        mkdirSync(join(folder, name));
        writeFileSync(join(folder, name, 'surety.yaml'), changed);
        symlinkSync(name, join(folder, '..data_tmp'));
        renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
      };
      version('..v1', text.replace('models: [a] }', 'models: [a, b] }'));
      symlinkSync('..data/surety.yaml', join(folder, 'link'));
      renameSync(join(folder, 'link'), server.policyFile);
      await loads('policy.loaded', earlier.length + 1);
      assert.equal(await statusOf(send(first, 'b')), 200);
      version('..v2', text);
      await loads('policy.loaded', earlier.length + 2);
      assert.equal(await statusOf(send(first, 'b')), 403);
    });
  });

  it('the admin socket is for its owner alone', () => {
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    assert.equal(mode(server.dataFolder), '700');
    assert.equal(mode(join(server.dataFolder, 'surety.sock')), '600');
    assert.ok(statSync(join(server.dataFolder, 'surety.sock')).isSocket());
  });

  it('health is told on both ports', async () => {
    for (const port of [server.gate, server.console]) {
      for (const path of ['/livez', '/readyz']) assert.equal((await fetch(`${port}${path}`)).status, 200);
      assert.deepEqual(await (await fetch(`${port}/readyz`)).json(), { status: 'ready', problems: [] });
    }
  });
});

/** A key in the form of Surety's that another data folder made. */
async function foreignKey(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'surety-foreign-'));
  const made = await runSurety(
    [
      'keys',
      'create',
      '--name',
      'x',
      '--role',
      'developer',
      '--expires',
      '1d',
      '--json',
      '--policy',
      starterPolicyFile,
      '--data',
      join(folder, 'data'),
    ],
    folder,
  );
  rmSync(folder, { recursive: true });
  return (JSON.parse(made.out) as { key: string }).key;
}
