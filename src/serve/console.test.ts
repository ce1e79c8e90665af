import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sendRaw } from '../../test/support/raw.ts';
import { Fault } from '../kernel/index.ts';
import { type ConsoleServer, listenConsole } from './console.ts';
import { createHealth } from './health.ts';

const loopback = { host: '127.0.0.1', port: 0 };
const door = {
  fetch: async (request: Request) => new Response(`door ${new URL(request.url).pathname}`, { status: 418 }),
};

describe('the console port', () => {
  let server: ConsoleServer;
  let metricsFail = false;
  const metrics = {
    observer: { denied() {}, finished() {} },
    brokeGlass() {},
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    render: async () => {
      if (metricsFail) throw new Error('at 10.0.0.1');
      return 'up 1\n';
    },
  };
  const ask = (line: string, ...headers: readonly string[]) =>
    sendRaw(`http://127.0.0.1:${server.port}`, `${[line, ...headers].join('\r\n')}\r\n\r\n`);
  const host = 'host: 127.0.0.1';

  before(async () => {
    server = await listenConsole({ listen: loopback, health: createHealth({}), metrics, door });
  });
  after(() => server.close());

  it('serves health and metrics, and leaves everything else to the door', async () => {
    assert.equal((await ask('GET /livez HTTP/1.1', host)).body, '{"status":"live"}\n');
    assert.equal((await ask('GET /readyz?probe=1 HTTP/1.1', host)).status, 200);
    const page = await ask('GET /metrics HTTP/1.1', host, 'connection: close');
    assert.deepEqual([page.status, page.headers.get('content-type')], [200, metrics.contentType]);
    assert.match(page.body, /up 1/);
    for (const path of ['/', '/api/keys', '/metrics/', '/admin']) {
      const answer = await ask(`GET ${path} HTTP/1.1`, host);
      assert.deepEqual([answer.status, answer.body], [418, `door ${path}`]);
    }
  });

  it('answers only who asks by address: a name is what DNS rebinding looks like', async () => {
    for (const name of [
      '127.0.0.1',
      '127.0.0.1:8081',
      'localhost',
      'localhost:8081',
      '[::1]:8081',
      '10.1.2.3',
    ])
      assert.equal((await ask('GET /livez HTTP/1.1', `host: ${name}`)).status, 200, name);
    for (const name of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'x@127.0.0.1',
      '[::1',
    ])
      assert.equal((await ask('GET /livez HTTP/1.1', `host: ${name}`)).status, 421, name);
  });

  it('reads only: every other method is refused', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])
      assert.equal((await ask(`${method} /livez HTTP/1.1`, host)).status, 405, method);
    const head = await ask('HEAD /livez HTTP/1.1', host, 'connection: close');
    assert.deepEqual([head.status, head.body], [200, '']);
  });

  it('forbids pages to do anything with its answers', async () => {
    const { headers } = await ask('GET /livez HTTP/1.1', host);
    assert.equal(headers.get('content-security-policy'), "default-src 'none'; frame-ancestors 'none'");
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('access-control-allow-origin'), undefined);
    assert.equal(headers.get('cache-control'), 'no-store');
  });

  it('says that metrics failed without saying how', async () => {
    metricsFail = true;
    const { status, body } = await ask('GET /metrics HTTP/1.1', host);
    metricsFail = false;
    assert.equal(status, 500);
    assert.ok(!body.includes('10.0.0.1'));
  });

  it('names its address where that is taken', async () => {
    const taken = { host: '127.0.0.1', port: server.port };
    await assert.rejects(
      listenConsole({ listen: taken, health: createHealth({}), metrics, door }),
      (error) =>
        error instanceof Fault &&
        error.code === 'listen.failed' &&
        error.message.includes(`127.0.0.1:${server.port} (EADDRINUSE)`),
    );
  });
});
