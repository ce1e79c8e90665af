import assert from 'node:assert/strict';
import { createServer as createTcpServer, type Server } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { listen, portOf } from '../support/proxy.ts';
import { answerChat, chatChunk } from '../support/service.ts';
import { waitFor } from '../support/surety.ts';
import { failing, startUpstreams, type UpstreamTest } from '../support/upstreams.ts';

describe('services', () => {
  let test: UpstreamTest;
  let silent: Server;
  let healthStatus = 200;
  before(async () => {
    silent = await listen(createTcpServer((socket) => void socket.on('error', () => {})));
    test = await startUpstreams({
      health: () => healthStatus,
      upstreams: () => ({
        one: { own: 'breaker: { failures: 1000 }' },
        two: { own: 'breaker: { failures: 1000 }' },
        'first-byte': { own: 'deadlines: { firstByte: 300ms }' },
        idle: { own: 'deadlines: { idle: 300ms }' },
        total: { own: 'deadlines: { total: 700ms }' },
        circuit: { own: 'breaker: { failures: 2, pause: 500ms }' },
        watched: { own: 'health: { path: /health, every: 1s, timeout: 1s }' },
        down: { section: '{ url: "http://127.0.0.1:1", private: true }' },
        handshake: {
          section: `{ url: "https://127.0.0.1:${portOf(silent)}", private: true, deadlines: { connect: 300ms } }`,
        },
      }),
      models: [
        'fallback: [one, two]',
        'after-down: [down, two]',
        'after-circuit: [circuit, two]',
        'weighted: [[{ upstream: one, weight: 3 }, { upstream: two, weight: 1 }]]',
      ],
    });
  });
  beforeEach(() => test.reset());
  after(async () => {
    await test.close();
    silent.close();
  });

  describe('that do not answer', () => {
    it('are named by what failed: no connection', async () => {
      const { response } = await test.refused(test.send('down'), 502, 'upstream.connect');
      const outcome = await test.outcomeOf(response);
      assert.deepEqual(
        [outcome?.outcome, outcome?.reason, outcome?.detail?.['upstream']],
        ['failed', 'upstream.connect', 'down'],
      );
    });
    it('the connection not in time', async () =>
      void (await test.refused(test.send('handshake'), 504, 'upstream.timeout-connect')));
    it('the first byte not in time, and the call is not sent twice', async () => {
      test.behaviours.set('first-byte', () => {});
      await test.refused(test.send('first-byte'), 504, 'upstream.timeout-first-byte');
      assert.equal(test.seenBy('first-byte').length, 1);
      await test.seenBy('first-byte')[0]?.abandoned;
    });
    it('silence within the answer', async () => {
      test.behaviours.set(
        'idle',
        (_request, response) =>
          void response.writeHead(200, { 'content-type': 'application/json' }).write('{'),
      );
      await test.refused(test.send('idle'), 504, 'upstream.timeout-idle');
    });
    it('but one that is slow and never silent for long has its time', async () => {
      test.behaviours.set('idle', (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        let words = 0;
        const timer = setInterval(() => {
          if (++words < 10) response.write(' ');
          else {
            clearInterval(timer);
            response.end('{}');
          }
        }, 100);
      });
      assert.equal((await test.send('idle')).status, 200);
    });
    it('silence within a stream, told by an error event', async () => {
      test.behaviours.set(
        'idle',
        (_request, response) =>
          void response
            .writeHead(200, { 'content-type': 'text/event-stream' })
            .write(chatChunk('idle', 'word')),
      );
      const response = await test.send('idle', { stream: true });
      assert.match(await response.text(), /"word"[\s\S]*"code":"upstream.timeout-idle"/);
      assert.equal((await test.outcomeOf(response))?.reason, 'upstream.timeout-idle');
    });
    it('the whole answer not in time', async () => {
      test.behaviours.set('total', (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write(' '), 50);
        response.on('close', () => clearInterval(timer));
      });
      await test.refused(test.send('total'), 504, 'upstream.timeout-total');
      await test.seenBy('total')[0]?.abandoned;
    });
  });

  describe('that fail', () => {
    it('are tried again', async () => {
      test.behaviours.set('one', failing(2));
      const response = await test.send('one');
      assert.equal(response.status, 200);
      assert.equal(test.seenBy('one').length, 3);
      assert.equal((await test.outcomeOf(response))?.detail?.['tries'], 3);
    });
    it('are tried as often as the policy says, then their answer stands', async () => {
      test.behaviours.set('one', failing(100, 503));
      assert.equal((await test.send('one')).status, 503);
      assert.equal(test.seenBy('one').length, 3);
    });
    it('are not tried again for what a retry cannot mend', async () => {
      test.behaviours.set('one', failing(100, 400));
      assert.equal((await test.send('one')).status, 400);
      assert.equal(test.seenBy('one').length, 1);
    });
    it('are waited for as Retry-After says', async () => {
      const times: number[] = [];
      const inner = failing(1, 429, { 'retry-after': '1' });
      test.behaviours.set('one', (request, response) => {
        times.push(performance.now());
        return inner(request, response);
      });
      assert.equal((await test.send('one')).status, 200);
      assert.ok(Number(times[1]) - Number(times[0]) >= 990, 'Retry-After was not waited for');
    });
    it('that ask for more patience than the policy has, answer the caller', async () => {
      test.behaviours.set('one', failing(100, 429, { 'retry-after': '30' }));
      const response = await test.send('one');
      assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '30']);
      assert.equal(test.seenBy('one').length, 1);
    });
    it('leave the call to the next of the plan, at once', async () => {
      test.behaviours.set('one', failing(100, 429, { 'retry-after': '30' }));
      const response = await test.send('fallback');
      assert.equal(response.status, 200);
      assert.deepEqual([test.seenBy('one').length, test.seenBy('two').length], [1, 1]);
      assert.equal((await test.outcomeOf(response))?.detail?.['upstream'], 'two');
    });
    it('leave it also where they cannot be reached', async () =>
      assert.equal((await test.send('after-down')).status, 200));
  });

  it('whose circuit is open are left alone, then tried by one call, then used again', async () => {
    const available = async (value: 0 | 1) =>
      waitFor(async () =>
        (await test.server.metrics()).includes(`surety_upstream_available{upstream="circuit"} ${value}`)
          ? true
          : undefined,
      );
    test.behaviours.set('circuit', failing(2));
    await test.send('circuit');
    const refusals: Response[] = [await test.send('circuit')];
    const opened = test.seenBy('circuit').length;
    assert.equal(opened, 2);
    assert.equal(refusals[0]?.status, 503);
    assert.match(refusals[0]?.headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal((await test.send('after-circuit')).status, 200, 'the plan goes on to the next service');
    await available(1);
    const trial = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    test.behaviours.set('circuit', async (request, response) => {
      reached.resolve();
      await trial.promise;
      return answerChat()(request, response);
    });
    const trying = test.send('circuit');
    await reached.promise;
    await test.refused(test.send('circuit'), 503, 'upstream.unavailable');
    trial.resolve();
    assert.equal((await trying).status, 200);
    assert.equal((await test.send('circuit')).status, 200);
  });

  it('that say they are unwell are taken out, and back when they are well', async () => {
    const statusBecomes = (status: number) =>
      waitFor(async () => ((await test.send('watched')).status === status ? true : undefined));
    assert.equal((await test.send('watched')).status, 200);
    healthStatus = 500;
    await statusBecomes(503);
    assert.equal(test.seenBy('watched').length > 0, true);
    healthStatus = 200;
    await statusBecomes(200);
  });

  it('share calls by weight', async () => {
    for (let round = 0; round < 10; round++)
      await Promise.all(Array.from({ length: 10 }, () => test.send('weighted')));
    const ofOne = test.seenBy('one').length;
    assert.equal(ofOne + test.seenBy('two').length, 100);
    assert.ok(ofOne > 45 && ofOne < 98, `${ofOne} of 100`);
  });
});
