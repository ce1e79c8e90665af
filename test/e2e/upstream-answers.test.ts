import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { writeFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import { listen, portOf } from '../support/proxy.ts';
import { chatChunk, sendJson } from '../support/service.ts';
import { startUpstreams, type UpstreamTest } from '../support/upstreams.ts';
import { waitFor } from '../support/surety.ts';

describe('the answers of services', () => {
  let test: UpstreamTest;
  before(async () => {
    test = await startUpstreams({
      upstreams: () => ({
        one: { own: 'breaker: { failures: 1000 }' },
        two: { own: 'breaker: { failures: 1000 }' },
      }),
    });
  });
  beforeEach(() => test.reset());
  after(() => test.close());

  describe('that are not passed on', () => {
    it('a refusal of the credential of the gate, nor what it says', async () => {
      test.behaviours.set('one', (_request, response) =>
        sendJson(response, 401, { error: { message: 'Incorrect API key provided: sk-internal-4711' } }),
      );
      const { response, text } = await test.refused(test.send('one'), 502, 'upstream.refused');
      assert.ok(!text.includes('sk-internal'));
      assert.equal(response.headers.get('www-authenticate'), null);
    });
    it('a refusal of the credential of the gate by an agent', async () => {
      for (const status of [401, 403]) {
        test.behaviours.set('agents', (_request, response) =>
          sendJson(response, status, { message: 'wrong token tok-internal-4711' }),
        );
        const answer = await fetch(`${test.server.gate}/keyed-agents/x`, {
          headers: { 'x-api-key': test.key },
        });
        const text = await answer.text();
        assert.equal(answer.status, 502, text);
        assert.equal((JSON.parse(text) as { code: string }).code, 'upstream.refused');
        assert.ok(!text.includes('tok-internal'));
      }
    });
    it('but an agent that is given no credential refuses callers by itself', async () => {
      test.behaviours.set('agents', (_request, response) => sendJson(response, 403, { message: 'not you' }));
      const answer = await fetch(`${test.server.gate}/agents/x`, { headers: { 'x-api-key': test.key } });
      assert.deepEqual([answer.status, await answer.json()], [403, { message: 'not you' }]);
    });
    it('redirects, which are not followed', async () => {
      test.behaviours.set(
        'one',
        (_request, response) =>
          void response.writeHead(307, { location: `${test.service.url}/two/v1/chat/completions` }).end(),
      );
      await test.refused(test.send('one'), 502, 'upstream.redirect');
      assert.equal(test.seenBy('two').length, 0);
    });
    it('encoded answers', async () => {
      test.behaviours.set('one', (_request, response) =>
        sendJson(response, 200, {}, { 'content-encoding': 'gzip' }),
      );
      await test.refused(test.send('one'), 502, 'upstream.encoding');
    });
    it('answers that break off', async () => {
      test.behaviours.set('one', (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"half":', () => response.destroy());
      });
      await test.refused(test.send('one'), 502, 'upstream.broken');
    });
    it('streams that break off, which end in an error event', async () => {
      const begun = Promise.withResolvers<ServerResponse>();
      test.behaviours.set('one', (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chatChunk('one', 'word'));
        begun.resolve(response);
      });
      const answer = await test.send('one', { stream: true });
      assert.equal(answer.status, 200);
      (await begun.promise).destroy();
      assert.match(await answer.text(), /"word"[\s\S]*"code":"upstream.broken"/);
    });
    it('events that never end', async () => {
      test.behaviours.set('one', (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      });
      assert.match(await (await test.send('one', { stream: true })).text(), /"code":"upstream.broken"/);
    });
  });

  it('with headers and statuses nobody expects do not hurt the gate', async () => {
    const odd = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () =>
          socket.end(
            Buffer.from(
              'HTTP/1.1 299 Odd\r\nx-odd: \u20ac\xff\t\r\ncontent-type: application/json\r\nx-odd: 2\r\ncontent-length: 2\r\n\r\n{}',
              'utf8',
            ),
          ),
        );
      }),
    );
    const changed = test.policy.replace(
      `to: "${test.service.url}/agents"`,
      `to: "http://127.0.0.1:${portOf(odd)}"`,
    );
    writeFileSync(test.server.policyFile, changed);
    try {
      const answer = await waitFor(async () => {
        const found = await fetch(`${test.server.gate}/agents/x`, { headers: { 'x-api-key': test.key } });
        return found.status === 299 ? found : undefined;
      });
      assert.equal(await answer.text(), '{}');
    } finally {
      odd.close();
    }
  });
});
