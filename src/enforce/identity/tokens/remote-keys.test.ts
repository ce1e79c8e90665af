import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createManualClock, type ManualClock } from '../../../../test/support/clock.ts';
import { type Behaviour, startService, type TestService } from '../../../../test/support/service.ts';
import { createSigningKey, keySetOf, type SigningKey } from '../../../../test/support/tokens.ts';
import { createLog } from '../../../kernel/index.ts';
import { issuerSchema } from './issuer-section.ts';
import type { KeptKeys } from './kept-keys.ts';
import type { KeySource } from './key-source.ts';
import { createRemoteKeys } from './remote-keys.ts';

const first = createSigningKey('ES256', 'first');
const second = createSigningKey('ES256', 'second');
const minute = 60_000;

describe('the keys of an issuer over HTTP', () => {
  let service: TestService;
  let clock: ManualClock;
  let lines: string[];
  let source: KeySource;
  let last: { bytes: Buffer; fetchedAt: number } | undefined;

  /** Answers by path; a function is called. */
  const answering =
    (answers: Readonly<Record<string, unknown>>): Behaviour =>
    (request, response) => {
      const answer = answers[request.path];
      if (answer === undefined) return void response.writeHead(404).end();
      if (typeof answer === 'function') return (answer as Behaviour)(request, response);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    };
  const discovery = (more: object = {}) => ({
    issuer: `${service.url}/realm`,
    jwks_uri: `${service.url}/keys`,
    ...more,
  });
  const serving = (...keys: readonly SigningKey[]): Behaviour =>
    answering({ '/realm/.well-known/openid-configuration': discovery(), '/keys': keySetOf(...keys) });
  const keysAt = (answer: Behaviour): Behaviour =>
    answering({ '/realm/.well-known/openid-configuration': discovery(), '/keys': answer });

  function open(more: object = {}): KeySource {
    const issuer = `${service.url}/realm`;
    const section = issuerSchema.parse({
      issuer,
      audience: 'ai',
      private: true,
      roles: 'r',
      keep: '2h',
      ...more,
    });
    const log = createLog({ clock, level: 'debug', write: (line) => void lines.push(line) });
    const kept: KeptKeys = {
      read: async () => last,
      write: async (bytes, fetchedAt) => void (last = { bytes, fetchedAt }),
    };
    source = createRemoteKeys({ section, kept, clock, log });
    return source;
  }
  const found = (keyId = 'first'): string => {
    const set = source.current();
    const key = set.ok ? set.find(keyId, 'ES256') : set;
    return key.ok ? 'found' : key.reason;
  };

  beforeEach(async () => {
    service = await startService();
    clock = createManualClock();
    lines = [];
    last = undefined;
  });
  afterEach(async () => {
    await source.close();
    await service.close();
  });

  it('are found by discovery, with a slash at the end of the issuer or without', async () => {
    service.behave(serving(first));
    open();
    assert.equal(found(), 'token.keys-unavailable');
    await source.renew();
    assert.equal(found(), 'found');
    assert.deepEqual(
      service.seen.map(({ path }) => path),
      ['/realm/.well-known/openid-configuration', '/keys'],
    );
  });

  it('are fetched again, once, for a key that is not known, and not for each that somebody invents', async () => {
    service.behave(serving(first));
    open();
    await Promise.all([source.renew(), source.renew(), source.renew()]);
    assert.equal(service.seen.length, 2);
    service.behave(serving(first, second));
    assert.equal(found('second'), 'token.key-unknown');
    assert.equal(source.renew(), undefined, 'asked again at once');
    clock.advance(30_000);
    await source.renew();
    assert.equal(found('second'), 'found');
    for (let flood = 0; flood < 1000; flood++) assert.equal(source.renew(), undefined);
    assert.equal(service.seen.length, 4);
  });

  it('are renewed beside the calls that use them, and a key that is gone is gone', async () => {
    service.behave(serving(first));
    open();
    await source.renew();
    service.behave(serving(second));
    clock.advance(11 * minute);
    assert.equal(found(), 'found');
    await source.renew();
    assert.equal(found(), 'token.key-unknown');
    assert.equal(found('second'), 'found');
  });

  it('stay through an outage for as long as the policy says, and not longer', async () => {
    service.behave(serving(first));
    open();
    await source.renew();
    service.behave((_, response) => void response.destroy());
    for (let passed = 0; passed < 120; passed += 10) {
      assert.equal(found(), 'found', `after ${passed} minutes`);
      clock.advance(10 * minute);
      await source.renew();
    }
    clock.advance(1);
    assert.equal(found(), 'token.keys-stale');
    assert.equal(
      lines.filter((line) => line.includes('cannot be had')).length,
      1,
      'said once, not each time',
    );
    service.behave(serving(first));
    clock.advance(5000);
    await source.renew();
    assert.equal(found(), 'found');
    assert.match(lines.at(-1) ?? '', /can be had again/);
  });

  it('say how old they are, and whether they can still be used, without asking for them', async () => {
    service.behave(serving(first));
    open({ keep: '2h' });
    assert.deepEqual(source.state(), { ageMs: undefined, usable: false });
    await source.renew();
    const asked = service.seen.length;
    assert.deepEqual(source.state(), { ageMs: 0, usable: true });
    clock.advance(7_200_000);
    assert.deepEqual(source.state(), { ageMs: 7_200_000, usable: true });
    clock.advance(1);
    assert.deepEqual(source.state(), { ageMs: 7_200_001, usable: false });
    assert.equal(service.seen.length, asked);
  });

  it('stay where the new set cannot be taken, whatever is wrong with it', async () => {
    service.behave(serving(first));
    open();
    await source.renew();
    const json = { 'content-type': 'application/json' };
    const text =
      (body: string): Behaviour =>
      (_, response) =>
        void response.writeHead(200, json).end(body);
    const bad: Record<string, Behaviour> = {
      'a redirect': keysAt((_, response) => void response.writeHead(302, { location: '/elsewhere' }).end()),
      'an error': keysAt((_, response) => void response.writeHead(500, json).end('{}')),
      '50 MB': keysAt((_, response) => {
        response.on('error', () => {});
        response.writeHead(200, { ...json, 'content-length': '50000000' }).end('x'.repeat(500_000));
      }),
      'without end': keysAt((_, response) => {
        const more = (): void =>
          void (response.destroyed || response.write('x'.repeat(65_536), () => more()));
        response.on('error', () => {});
        response.writeHead(200, json);
        more();
      }),
      '10,000 keys': keysAt(text(JSON.stringify({ keys: Array.from({ length: 10_000 }, () => 0) }))),
      'a page': keysAt(
        (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>'),
      ),
      'no JSON': keysAt(text('{')),
      'a name twice': keysAt(text(`{"keys":[],"keys":${JSON.stringify(keySetOf(second).keys)}}`)),
      'discovery of another issuer': answering({
        '/realm/.well-known/openid-configuration': discovery({ issuer: 'https://evil.example' }),
      }),
      'discovery without a place': answering({
        '/realm/.well-known/openid-configuration': discovery({ jwks_uri: 1 }),
      }),
      'a place that is a file': answering({
        '/realm/.well-known/openid-configuration': discovery({ jwks_uri: 'file:///etc/passwd' }),
      }),
      'a place where clouds keep credentials': answering({
        '/realm/.well-known/openid-configuration': discovery({ jwks_uri: 'http://169.254.169.254/keys' }),
      }),
    };
    for (const [name, behaviour] of Object.entries(bad)) {
      service.behave(behaviour);
      clock.advance(minute);
      const before = service.seen.length;
      await source.renew();
      assert.ok(service.seen.length > before, name);
      assert.equal(found(), 'found', name);
      assert.equal(found('second'), 'token.key-unknown', name);
    }
    assert.ok(!lines.some((line) => line.includes('evil.example') || line.includes('169.254')));
  });

  it('that do not come hold a bounded number of calls, and none longer than the bound', async () => {
    const { promise: never, resolve: end } = Promise.withResolvers<void>();
    service.behave(() => never);
    open();
    const waiting = Array.from({ length: 1000 }, () => source.renew());
    assert.equal(waiting.filter((answer) => answer !== undefined).length, 64);
    await Promise.all(waiting.filter((answer) => answer !== undefined));
    assert.equal(service.seen.length, 1);
    assert.equal(found(), 'token.keys-unavailable');
    assert.match(lines.join(''), /timeout/);
    end();
  });

  it('at an address inside are reached only where the policy says so', async () => {
    service.behave(serving(first));
    open({ private: false });
    await source.renew();
    assert.equal(service.seen.length, 0);
    assert.equal(found(), 'token.keys-unavailable');
  });

  it('are known after a restart during an outage, and for no longer than they would have been', async () => {
    service.behave(serving(first));
    open();
    await source.renew();
    await source.close();
    service.behave((_, response) => void response.destroy());
    clock.advance(119 * minute);
    open();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(found(), 'found');
    await source.renew();
    assert.equal(found(), 'found');
    clock.advance(minute + 1);
    assert.equal(found(), 'token.keys-stale');
  });

  it('that were kept and are damaged, or weak by now, are not used', async () => {
    const weak = { ...createSigningKey('RS256', 'first').jwk, e: 'AQ' };
    for (const bytes of [Buffer.from('{'), Buffer.from(JSON.stringify({ keys: [weak] }))]) {
      last = { bytes, fetchedAt: clock.now() };
      service.behave((_, response) => void response.destroy());
      open();
      await source.renew();
      assert.match(found(), /token\.key/);
      await source.close();
    }
    open();
  });

  it('of an issuer that publishes none any more are none', async () => {
    service.behave(serving(first));
    open();
    await source.renew();
    service.behave(serving());
    clock.advance(minute);
    await source.renew();
    assert.equal(found(), 'token.key-unknown');
  });
});
