import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import OpenAI from 'openai';
import { post, type RawAnswer, sendRaw } from '../support/raw.ts';
import { answerChat, startService, type TestService } from '../support/service.ts';
import { canaryPrompt, startSurety, type TestServer, waitFor } from '../support/surety.ts';
import { createIssuer, tokenAttacks } from '../support/token-attacks.ts';
import {
  createSigningKey,
  goodClaims,
  keySetOf,
  seconds,
  type SigningKey,
  signToken,
} from '../support/tokens.ts';

const issuer = createIssuer('https://login.example.com/realms/ai');

const policyOf = (service: TestService, keysFile: string, more = '') =>
  `
version: 1
gate:
  upstreams: { service: { url: ${service.url}, private: true } }
  routes:
    - { match: /v1/**, wire: openai, models: { m: service, other: service } }
    - { match: /anthropic/**, wire: anthropic, models: { m: claude } }
    - { match: /agents/**, to: "${service.url}", private: true, name: agents }
identity:
  failures: { address: 100000/s, key: 100000/s }
  tokens:
    - issuer: ${issuer.issuer}
      audience: ai
      longest: 1h
      keys: file:${keysFile}
      roles: { claim: groups, map: { ai-developers: developer, ai-agents: [agent, developer] } }
      team: { claim: department }
  teams:
    research: { limits: { requests: 100000/day } }
    few: { limits: { requests: 2/h } }
  roles:
    developer: { may: [call /v1/**, call /anthropic/**], models: [m] }
    agent: { may: [call /agents/**] }
${more}
`.replace('service: { url', 'claude: { url: ' + service.url + ', private: true }, service: { url');

const body = `{"model":"m","messages":[{"role":"user","content":"${canaryPrompt}"}]}`;

describe('signed tokens of callers', () => {
  let service: TestService;
  let server: TestServer;
  let keysFile = '';
  let folder = '';
  const claims = goodClaims(issuer.issuer);

  before(async () => {
    service = await startService(answerChat());
    folder = mkdtempSync(join(tmpdir(), 'surety-tokens-'));
    keysFile = join(folder, 'keys.json');
    writeFileSync(keysFile, JSON.stringify(issuer.keySet));
    server = await startSurety({
      policy: policyOf(service, keysFile),
      secrets: [String(claims['sub']), 'group-canary-9e2d', 'eyJhbGciOi'],
    });
  });
  after(async () => {
    assert.ok(!JSON.stringify(service.seen).includes('eyJhbGciOi'), 'a token reached the service');
    await server.dispose();
    await service.close();
    rmSync(folder, { recursive: true });
  });

  const send = (token: string, more: Parameters<typeof post>[0] = {}): Promise<RawAnswer> =>
    sendRaw(server.gate, post({ body, headers: [`authorization: Bearer ${token}`], ...more }));

  it('are accepted from the real openai client, signed with every kind of key', async () => {
    for (const key of [issuer.rsa, issuer.ec, issuer.edwards]) {
      const client = new OpenAI({
        baseURL: `${server.gate}/v1`,
        apiKey: signToken(key, claims),
        maxRetries: 0,
      });
      const { data, response } = await client.chat.completions
        .create({ model: 'm', messages: [{ role: 'user', content: canaryPrompt }] })
        .withResponse();
      assert.ok(data.choices[0]?.message.content);
      const shown = await server.run('ledger', 'show', response.headers.get('surety-entry') ?? '', '--json');
      const { actor, detail } = (JSON.parse(shown.out) as { entry: { actor: string; detail: object } }).entry;
      assert.match(actor, /^person_/);
      assert.deepEqual(
        { role: 'developer', team: 'research' },
        Object.fromEntries(Object.entries(detail).filter(([name]) => name === 'role' || name === 'team')),
      );
    }
  });

  it('are called as the first role of the policy that permits it', async () => {
    const token = signToken(issuer.ec, { ...claims, groups: ['ai-agents', 'strangers'] });
    assert.equal((await send(token)).status, 200);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    assert.equal((await fetch(`${server.gate}/agents/run`, { method: 'POST', headers, body })).status, 200);
    const developer = signToken(issuer.ec, claims);
    assert.equal((await send(developer, { path: '/agents/run' })).status, 403);
    const nobody = await send(signToken(issuer.ec, { ...claims, groups: ['strangers'] }));
    assert.equal(nobody.status, 403);
    assert.match(nobody.body, /permission\.operation/);
  });

  it('count against the limits of their team, whoever holds them', async () => {
    const answers = [];
    for (const sub of ['one', 'two', 'three'])
      answers.push((await send(signToken(issuer.ec, { ...claims, sub, department: 'few' }))).status);
    assert.deepEqual(answers, [200, 200, 429]);
  });

  describe('are refused, and the caller learns nothing of why', () => {
    const attacks = tokenAttacks(issuer);
    it('with each published attack; the entry has the reason', async () => {
      const expected = new Map<string, { name: string; reason: string }>();
      const forwarded = service.seen.length;
      for (const { name, token, reason } of attacks) {
        const answer = await send(token);
        assert.equal(answer.status, 401, `${name}: ${answer.text}`);
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer error="invalid_token"', name);
        const { error } = JSON.parse(answer.body) as { error: { code: string; message: string } };
        assert.equal(error.code, 'credential.token', name);
        assert.ok(!answer.text.includes('token.'), `${name}: the answer tells the reason`);
        expected.set(answer.headers.get('surety-entry') ?? '', { name, reason });
        // Denials of one reason within a second share an entry.
        if (expected.size % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(service.seen.length, forwarded, 'an attack reached the service');
      const reasons = new Set(attacks.map(({ reason }) => reason));
      const entries = await server.waitForEntries(['--kind', 'call.denied'], (found) =>
        [...reasons].every((reason) => found.some((entry) => entry.reason === reason)),
      );
      let checked = 0;
      for (const { id, reason } of entries) {
        const attack = expected.get(id);
        if (!attack) continue;
        assert.equal(reason, attack.reason, attack.name);
        checked++;
      }
      assert.ok(checked >= reasons.size);
    });

    it('in the form of the wire', async () => {
      const { token = '' } = attacks.find(({ reason }) => reason === 'token.expired') ?? {};
      const answer = await send(token, { path: '/anthropic/v1/messages' });
      assert.equal(answer.status, 401);
      assert.match(answer.body, /"type":"error".*authentication_error/);
    });

    it('the same as what surety tokens inspect says, offline', async () => {
      for (const { name, token, reason } of attacks.filter((_, index) => index % 20 === 0)) {
        const said = await server.run(
          'tokens',
          'inspect',
          token || '..',
          '--policy',
          server.policyFile,
          '--json',
        );
        assert.equal(said.code, 1, `${name} ${said.err}`);
        assert.equal((JSON.parse(said.out) as { reason: string }).reason, reason, name);
      }
      const good = signToken(issuer.rsa, claims);
      const said = await server.run('tokens', 'inspect', good, '--policy', server.policyFile);
      assert.equal(said.code, 0, said.out);
      assert.match(said.out, /signature +ok +verifies/);
      assert.match(said.out, /Accepted: as developer, team research, until 20/);
    });
  });

  it('are refused when their key leaves the file, also those that were verified before', async () => {
    const fresh = createSigningKey('ES256', 'ec-2');
    const token = signToken(fresh, claims);
    const write = (...keys: readonly SigningKey[]): void => {
      const text = JSON.stringify({ keys: [...issuer.keySet.keys, ...keySetOf(...keys).keys] });
      writeFileSync(`${keysFile}.new`, text);
      renameSync(`${keysFile}.new`, keysFile);
    };
    assert.equal((await send(token)).status, 401);
    write(fresh);
    await waitFor(async () => ((await send(token)).status === 200 ? true : undefined));
    write();
    await waitFor(async () => ((await send(token)).status === 401 ? true : undefined));
    assert.equal((await send(signToken(issuer.ec, claims))).status, 200);
  });

  describe('are revoked', () => {
    const revoke = async (...argv: string[]): Promise<{ id: string }> => {
      const done = await server.run('tokens', 'revoke', '--issuer', issuer.issuer, '--json', ...argv);
      assert.equal(done.code, 0, done.err);
      return JSON.parse(done.out) as { id: string };
    };
    const endlessly = (): void =>
      service.behave((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const event = `data: ${JSON.stringify({ choices: [{ delta: { content: 'x' } }] })}\n\n`;
        const timer = setInterval(() => response.write(event), 10);
        response.on('close', () => clearInterval(timer));
      });

    it('one by its id: at once, streams and all, and no other token of the subject', async () => {
      const token = signToken(issuer.ec, { ...claims, sub: 'u1', jti: 'stolen' });
      const other = signToken(issuer.ec, { ...claims, sub: 'u1', jti: 'kept' });
      assert.equal((await send(token)).status, 200);
      endlessly();
      const streaming = await fetch(`${server.gate}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: body.replace('{', '{"stream":true,'),
      });
      const text = streaming.text();
      await revoke('--token-id', 'stolen');
      assert.match(await text, /stream\.revoked/);
      service.behave(answerChat());
      assert.equal((await send(token)).status, 401);
      assert.equal((await send(other)).status, 200);
      const entries = await server.waitForEntries(['--kind', 'token.revoked'], (found) => found.length > 0);
      assert.ok(!JSON.stringify(entries).includes('stolen'));
      assert.equal(entries[0]?.detail?.['revokes'], 'token');
    });

    it('by subject, until restored, and over a restart', async () => {
      const token = signToken(issuer.ec, { ...claims, sub: 'u2' });
      assert.equal((await send(token)).status, 200);
      const { id } = await revoke('--subject', 'u2');
      assert.equal((await send(token)).status, 401);
      assert.equal((await send(signToken(issuer.ec, { ...claims, sub: 'u3' }))).status, 200);
      await server.stop();
      await server.restart();
      const refused = await send(token);
      assert.equal(refused.status, 401);
      const [entry] = await server.waitForEntries(['--reason', 'token.revoked'], (found) => found.length > 0);
      assert.match(entry?.actor ?? '', /^person_/);
      assert.match((await server.run('tokens', 'revocations')).out, new RegExp(`${id}.*subject`));
      assert.equal((await server.run('tokens', 'restore', id)).code, 0);
      assert.equal((await send(token)).status, 200);
    });

    it('all that were issued before a time', async () => {
      const now = Date.now();
      const old = signToken(issuer.ec, { ...claims, sub: 'u4', iat: seconds(now - 1_800_000) });
      const fresh = signToken(issuer.ec, { ...claims, sub: 'u4', iat: seconds(now) });
      assert.equal((await send(old)).status, 200);
      await revoke('--issued-before', '15m');
      assert.equal((await send(old)).status, 401);
      assert.equal((await send(fresh)).status, 200);
    });

    it('and what names no issuer of the policy is refused', async () => {
      const done = await server.run(
        'tokens',
        'revoke',
        '--issuer',
        'https://other.example',
        '--subject',
        'x',
      );
      assert.equal(done.code, 2);
      assert.match(done.err, /issuer: the policy has no such issuer/);
    });
  });
});
