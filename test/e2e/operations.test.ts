import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { starterPolicyFile } from '../../src/app/policy-in-force.ts';
import type { Entry } from '../../src/record/index.ts';
import { answerChat, startService, type TestService } from '../support/service.ts';
import { type CommandResult, runSurety, startSurety, type TestServer, waitFor } from '../support/surety.ts';

const policyOf = (service: TestService) => `
version: 1
gate:
  bounds: { calls: 6, memory: 64 KiB }
  upstreams: { service: { url: ${service.url}, private: true } }
  routes:
    - { match: /v1/**, wire: openai, models: { a: service, b: service, "free-*": service } }
    - { match: /agents/**, to: "${service.url}/agents", private: true, name: agents }
identity:
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

  const send = (key: string, model: string, more: { content?: string; path?: string; headers?: Record<string, string> } = {}) =>
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
      const names = async (key: string) => (JSON.parse((await get('/v1/models', key)).text) as { data: { id: string }[] }).data.map(({ id }) => id);
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
      for (const path of [`/v1/chat/completions/${id}`, `/v1/responses/${id}`, `/v1/${entry}`, `/api/ledger/entries/${entry}`, '/api/keys', '/api/system', '/metrics'])
        assert.equal((await get(path, second)).status, 404, path);
    });
    it('in their limits', async () => {
      const [one, other] = [(await server.createKey('few')).key, (await server.createKey('few')).key];
      assert.equal(await statusOf(send(one, 'a')), 200);
      assert.equal(await statusOf(send(one, 'a')), 429);
      assert.equal(await statusOf(send(other, 'a')), 200, 'the limit of one key was counted for another');
      assert.equal(await statusOf(send(first, 'a')), 200);
    });
    it('on the admin API, which the ports do not serve', async () => {
      for (const path of ['/api/keys', '/api/ledger', '/api/system', '/api/backup'])
        assert.equal((await fetch(`${server.console}${path}`, { headers: { 'x-api-key': first } })).status, 404);
    });
  });

  describe('labels of metrics', () => {
    it('come from closed sets, whatever callers send', async () => {
      const marker = 'hostile7391';
      await Promise.all([statusOf(send(second, `free-${marker}`)), statusOf(send(first, marker)), statusOf(send(`sty_${marker}`, 'a'))]);
      await Promise.all([get(`/${marker}`, first), get(`/v1/${marker}`, first), get(`/agents/${marker}`, second)]);
      await fetch(`${server.gate}/v1/models`, { method: 'PROPFIND', headers: { 'user-agent': marker, 'x-request-id': marker } });
      await statusOf(send(first, 'a', { headers: { 'openai-organization': marker } }));
      const metrics = await server.metrics();
      assert.ok(!metrics.includes(marker), 'a caller made a series');
      assert.match(metrics, /gen_ai_request_model="other"/);
      const values = (label: string) => new Set([...metrics.matchAll(new RegExp(`[{,]${label}="([^"]*)"`, 'g'))].map(([, value]) => value));
      for (const route of values('route')) assert.ok(['/v1/**', 'agents', 'none'].includes(String(route)), route);
      for (const model of values('gen_ai_request_model')) assert.ok(['a', 'b', 'other', 'none'].includes(String(model)), model);
      for (const upstream of values('upstream')) assert.ok(['service', 'route agents'].includes(String(upstream)), upstream);
    });
  });

  describe('overload is shed', () => {
    /** Calls that stay at the service until the test lets them go. */
    const hold = async (count: number, content?: string) => {
      const released = Promise.withResolvers<void>();
      const before = service.seen.length;
      service.behave(async (seen, response) => {
        await released.promise;
        return answerChat()(seen, response);
      });
      const calls = Array.from({ length: count }, () => statusOf(send(first, 'a', content === undefined ? {} : { content })));
      await waitFor(async () => (service.seen.length === before + count ? true : undefined));
      return async () => {
        released.resolve();
        assert.deepEqual(new Set(await Promise.all(calls)), new Set([200]));
        service.behave(answerChat());
      };
    };
    const shed = async (answer: Response) => {
      assert.equal(answer.status, 503);
      assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
      assert.equal(((await answer.json()) as { error: { code: string } }).error.code, 'overloaded');
    };
    it('when there are too many calls', async () => {
      const release = await hold(6);
      await shed(await send(first, 'a'));
      await release();
      assert.equal(await statusOf(send(first, 'a')), 200);
    });
    it('before memory grows', async () => {
      const large = 'x'.repeat(30_000);
      const release = await hold(2, large);
      await shed(await send(first, 'a', { content: large }));
      assert.match(await server.metrics(), /^surety_body_bytes 6\d{4}$/m);
      await release();
      assert.equal(await statusOf(send(first, 'a', { content: large })), 200);
      await waitFor(async () => (/^surety_body_bytes 0$/m.test(await server.metrics()) ? true : undefined));
    });
  });

  it('a flood of bad keys fills no ledger and stops no good call', async () => {
    const requests = 4000;
    const connections = 8;
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const before = (await server.entries('--kind', 'call.denied', '--reason', 'credential.unknown')).length;
    // Well-formed, and known to nobody: the check digits come from a key that is revoked by not being here.
    const stranger = await foreignKey();
    const one = () =>
      new Promise<number>((resolve, reject) => {
        const sent = request(`${server.gate}/v1/models`, { agent, headers: { 'x-api-key': stranger } }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode ?? 0));
        });
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
    const told = (entries: readonly Entry[]): number => entries.reduce((sum, { detail }) => sum + Number(detail?.['count'] ?? 1), 0);
    const entries = await server.waitForEntries(['--kind', 'call.denied', '--reason', 'credential.unknown'], (found) => told(found) === before + requests);
    assert.ok(entries.length - before < requests / 50, `${entries.length - before} entries for ${requests} requests`);
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
      const listed = JSON.parse((await server.run('keys', 'list', '--json')).out) as { id: string; expiresAt: string }[];
      const until = Date.parse(listed.find(({ id }) => id === old.id)?.expiresAt ?? '');
      assert.ok(until <= Date.now() + 3_600_000 && until > Date.now(), 'the old key has another end');
    });

    it('that are revoked stay so after a restart, and a restart refills no daily budget', async () => {
      const revoked = await server.createKey('first');
      assert.equal((await server.run('keys', 'revoke', revoked.id)).code, 0);
      const { key } = await server.createKey('daily');
      assert.deepEqual([await statusOf(send(key, 'a')), await statusOf(send(key, 'a')), await statusOf(send(key, 'a'))], [200, 200, 429]);
      assert.equal(await server.stop(), 0);
      await server.restart();
      assert.equal(await statusOf(send(revoked.key, 'a')), 401);
      assert.equal(await statusOf(send(key, 'a')), 429);
      assert.equal(await statusOf(send(first, 'a')), 200);
    });
  });

  describe('the policy', () => {
    const loads = (kind: 'policy.loaded' | 'policy.refused', count: number) => server.waitForEntries(['--kind', kind], (entries) => entries.length >= count);
    const problemMetric = (value: 0 | 1) => waitFor(async () => ((await server.metrics()).includes(`surety_policy_problem ${value}\n`) ? true : undefined));

    it('is put in force when it changes, and a bad one leaves the old in force and says so', async () => {
      const text = readFileSync(server.policyFile, 'utf8');
      const before = await server.entries('--kind', 'policy.loaded');
      writeFileSync(server.policyFile, text.replace('first: { may: [call /v1/**], models: [a] }', 'first: { may: [call /v1/**], models: [a, b] }'));
      const after = await loads('policy.loaded', before.length + 1);
      assert.notEqual(after.at(-1)?.detail?.['digest'], before.at(-1)?.detail?.['digest']);
      assert.equal(await statusOf(send(first, 'b')), 200);

      writeFileSync(server.policyFile, text.replace('identity:', 'identitty:'));
      const [refusal] = await loads('policy.refused', 1);
      assert.deepEqual([refusal?.outcome, refusal?.reason], ['failed', 'policy.invalid']);
      await problemMetric(1);
      assert.equal(await statusOf(send(first, 'b')), 200, 'the old policy is not in force any more');
      assert.match(server.log(), /identitty/);

      writeFileSync(server.policyFile, text);
      await loads('policy.loaded', after.length + 1);
      await problemMetric(0);
      assert.equal(await statusOf(send(first, 'b')), 403);
    });

    it('is followed through the symlinks of a ConfigMap', async () => {
      const text = readFileSync(server.policyFile, 'utf8');
      const folder = dirname(server.policyFile);
      const before = await server.entries('--kind', 'policy.loaded');
      const version = (name: string, changed: string): void => {
        mkdirSync(join(folder, name));
        writeFileSync(join(folder, name, 'surety.yaml'), changed);
        symlinkSync(name, join(folder, '..data_tmp'));
        renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
      };
      version('..v1', text.replace('models: [a] }', 'models: [a, b] }'));
      symlinkSync('..data/surety.yaml', join(folder, 'link'));
      renameSync(join(folder, 'link'), server.policyFile);
      await loads('policy.loaded', before.length + 1);
      assert.equal(await statusOf(send(first, 'b')), 200);
      version('..v2', text);
      await loads('policy.loaded', before.length + 2);
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
  const made = await runSurety(['keys', 'create', '--name', 'x', '--role', 'developer', '--expires', '1d', '--json', '--policy', starterPolicyFile, '--data', join(folder, 'data')], folder);
  rmSync(folder, { recursive: true });
  return (JSON.parse(made.out) as { key: string }).key;
}

describe('a ledger whose disk is full', () => {
  it('answers no call, and readiness on both ports names it', async () => {
    const service = await startService();
    const policy = (stop: string) => `
version: 1
gate:
  upstreams: { service: { url: ${service.url}, private: true } }
  routes: [{ match: /v1/**, wire: openai, models: { m: service } }]
identity: { roles: { developer: { may: [call /v1/**] } } }
record: { disk: { warn: ${stop}, stop: ${stop} } }
`;
    const server = await startSurety({ policy: policy('1 MiB') });
    try {
      const { key } = await server.createKey('developer');
      await server.stop();
      writeFileSync(server.policyFile, policy('1000 TiB'));
      await server.restart();
      const answer = await fetch(`${server.gate}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'm', messages: [] }),
      });
      assert.equal(answer.status, 503);
      assert.equal(answer.headers.get('surety-entry'), null);
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
      assert.equal(((await answer.json()) as { code: string }).code, 'ledger.unavailable');
      assert.equal(service.seen.length, 0);
      for (const port of [server.gate, server.console]) {
        const ready = await fetch(`${port}/readyz`);
        assert.equal(ready.status, 503);
        assert.match(await ready.text(), /"part":"ledger"/);
        assert.equal((await fetch(`${port}/livez`)).status, 200);
      }
    } finally {
      await server.dispose();
      await service.close();
    }
  });
});

describe('the command line', () => {
  let folder: string;
  const run = (...argv: string[]): Promise<CommandResult> => runSurety(argv, folder);
  const good = 'version: 1\nidentity: { roles: { developer: { may: [call /v1/**] } } }\n';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'surety-cli-'));
    writeFileSync(join(folder, 'good.yaml'), good);
    writeFileSync(join(folder, 'bad.yaml'), 'version: 1\ngatee: {}\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('says in its exit code whether it did it, the answer is no, or it could not', async () => {
    const expected: readonly (readonly [number, ...string[]])[] = [
      [0, '--help'],
      [0, '--version'],
      [0, 'policy', 'check', 'good.yaml'],
      [1, 'policy', 'check', 'bad.yaml'],
      [1, 'policy', 'check', 'bad.yaml', '--json'],
      [0, 'policy', 'schema'],
      [0, 'policy', 'explain', 'good.yaml'],
      [1, 'policy', 'explain', 'bad.yaml'],
      [2, 'ledger', 'verify', '--data', 'none'],
      [2, 'keys', 'create', '--name', 'x', '--role', 'developer', '--policy', 'good.yaml'],
      [2, 'keys', 'create', '--name', 'x', '--role', 'nobody', '--expires', '1d', '--policy', 'good.yaml'],
      [2, 'keys', 'create', '--name', 'x', '--role', 'developer', '--expires', 'soon', '--policy', 'good.yaml'],
      [0, 'keys', 'create', '--name', 'x', '--role', 'developer', '--expires', '1d', '--policy', 'good.yaml'],
      [0, 'keys', 'list'],
      [1, 'keys', 'revoke', 'key_none'],
      [1, 'keys', 'rotate', 'key_none'],
      [0, 'ledger', 'verify'],
      [0, 'ledger', 'search'],
      [2, 'ledger', 'search', '--outcome', 'nonsense'],
      [2, 'ledger', 'search', '--limit', 'many'],
      [1, 'ledger', 'show', '0199e2c4-7d5e-7000-8000-0123456789ab'],
      [0, 'ledger', 'key'],
      [0, 'init', '--data', 'fresh'],
      [2, 'init', '--data', 'fresh'],
      [2, 'up', '--policy', 'bad.yaml', '--data', 'other'],
      [2, 'up', '--policy', 'good.yaml', '--data', 'other', '--gate', '0.0.0.0:0'],
      [2, 'up', '--policy', 'good.yaml', '--data', 'other', '--gate', 'nonsense'],
      [2, 'nonsense'],
    ];
    for (const [code, ...argv] of expected) {
      const result = await run(...argv);
      assert.equal(result.code, code, `surety ${argv.join(' ')}\n${result.out}${result.err}`);
      assert.ok(!`${result.out}${result.err}`.includes('\x1b['), 'colours where there is no terminal');
      assert.ok(!/\n\s+at .*:\d+:\d+/.test(result.err), 'a stack trace');
      if (code === 2) assert.notEqual(result.err, '');
    }
  });

  it('shows examples in its help', async () => {
    for (const argv of [['up'], ['init'], ['policy', 'check'], ['keys', 'create'], ['keys', 'rotate'], ['ledger', 'verify'], ['ledger', 'search'], ['ledger', 'show']]) {
      const { out, code } = await run(...argv, '--help');
      assert.equal(code, 0);
      assert.match(out, /Examples?:\n {2}surety /, argv.join(' '));
    }
  });

  for (const running of [false, true]) {
    it(`answers programs in JSON ${running ? 'through a running server' : 'without a server'}`, async () => {
      const server = running ? await startSurety({ policy: good }) : undefined;
      const data = server?.dataFolder ?? join(folder, 'alone');
      const ask = (...argv: string[]) => run(...argv, '--data', data, '--json');
      try {
        const made = await ask('keys', 'create', '--name', 'x', '--role', 'developer', '--expires', '1d', ...(running ? [] : ['--policy', 'good.yaml']));
        assert.equal(made.code, 0, made.err);
        const issued = JSON.parse(made.out) as Record<string, string>;
        assert.deepEqual(Object.keys(issued), ['id', 'key', 'role', 'expiresAt']);
        assert.match(issued['key'] ?? '', /^sty_[0-9A-Za-z]+$/);
        assert.ok(Date.parse(issued['expiresAt'] ?? '') > Date.now());
        const listed = await ask('keys', 'list');
        assert.ok(!listed.out.includes(issued['key'] ?? ''), 'the key is shown a second time');
        const lines = (await ask('ledger', 'search', '--oldest')).out.trimEnd().split('\n');
        const entries = lines.map((line) => JSON.parse(line) as Entry);
        assert.ok(entries.some(({ kind, target }) => kind === 'key.created' && target === issued['id']));
        assert.ok(!lines.join('').includes(issued['key'] ?? ''));
        const proven = JSON.parse((await ask('ledger', 'show', entries[0]?.id ?? '', '--proof')).out) as { proof: { hashes: string[] } };
        assert.ok(Array.isArray(proven.proof.hashes));
        const verified = JSON.parse((await ask('ledger', 'verify')).out) as Record<string, unknown>;
        assert.deepEqual([verified['ok'], verified['problems']], [true, []]);
        assert.ok(Number(verified['size']) >= entries.length);
        assert.match(String(verified['rootHash']), /^[A-Za-z0-9+/]{43}=$/);
      } finally {
        await server?.dispose();
      }
    });
  }

  it('answers no where the ledger was tampered with', async () => {
    const data = join(folder, 'data');
    const journal = (await import('node:fs')).readdirSync(join(data, 'ledger'), { recursive: true, encoding: 'utf8' }).find((name) => /entries/.test(name) && statSync(join(data, 'ledger', name)).isFile());
    assert.ok(journal, 'there is no bundle of entries');
    const file = join(data, 'ledger', journal);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const { code, out } = await run('ledger', 'verify', '--json');
    assert.equal(code, 1, out);
    assert.equal((JSON.parse(out) as { ok: boolean }).ok, false);
  });
});
