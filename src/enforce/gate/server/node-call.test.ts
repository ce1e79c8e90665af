import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type Fault, systemClock } from '../../../kernel/index.ts';
import { createCohort } from '../cohort.ts';
import { createDeadlines } from './deadlines.ts';
import { NodeCall } from './node-call.ts';

const deadlines = createDeadlines(systemClock);
const bound = { maxBytes: 1024 * 1024, deadlineMs: 1000, take: () => true };

/** What became of a call's body, and of the call. */
interface Seen {
  readonly call: NodeCall;
  readonly body: Promise<string>;
  readonly left: Promise<void>;
}

describe('a body over node:http', () => {
  const seen: Seen[] = [];
  /** While false, calls get no answer. */
  let answers = true;
  // As the server does it: each call when what came with it has been read.
  const begin = createCohort(([request, response]: [IncomingMessage, ServerResponse]) => {
    const call = new NodeCall(request, response, {
      startedAt: systemClock.elapsed(),
      peer: '127.0.0.1',
      expectsContinue: false,
      readerMs: 1000,
      deadlines,
    });
    const left = new Promise<void>((resolve) => call.onAbandoned(resolve));
    const body = Promise.resolve(call.readBody(bound)).then((bytes) => bytes.toString());
    body.then(
      (text) => answers && call.send(200, ['content-length', String(text.length)], text),
      () => {},
    );
    seen.push({ call, body, left });
  });
  const server = createServer((request, response) => begin([request, response]));
  let port = 0;
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    deadlines.close();
  });

  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').setNoDelay();
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const head = (length: number): string => `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;
  const request = (text: string): string => head(text.length) + text;
  /** The answers' bodies, which end in a semicolon each. */
  const answersOf = async (socket: Socket, count: number): Promise<string[]> => {
    let text = '';
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      text += String(chunk);
      if (text.split(';').length > count) break;
    }
    return [...text.matchAll(/\r\n\r\n([^;]*);/g)].map((match) => match[1] ?? '');
  };
  const next = async (): Promise<Seen> => {
    while (seen.length === 0) await turn();
    return seen.shift() as Seen;
  };

  it('is read where it comes with its head, again and again on one connection', async () => {
    const socket = await open();
    for (let count = 0; count < 300; count++) {
      socket.write(request(`${count};`));
      assert.deepEqual(await answersOf(socket, 1), [String(count)]);
    }
    socket.destroy();
  });

  it('is read where it comes in pieces, or in more than one read', async () => {
    const socket = await open();
    const long = `${'x'.repeat(300_000)};`;
    socket.write(head(5));
    for (const piece of ['a', 'bc', 'd;']) {
      await turn();
      socket.write(piece);
    }
    assert.deepEqual(await answersOf(socket, 1), ['abcd']);
    socket.write(request(long));
    assert.deepEqual(await answersOf(socket, 1), [long.slice(0, -1)]);
    socket.destroy();
  });

  it('is its own where requests come in one piece', async () => {
    const socket = await open();
    socket.write(['first;', 'second;', 'third;'].map(request).join('') + head(7) + 'fou');
    assert.deepEqual(await answersOf(socket, 3), ['first', 'second', 'third']);
    socket.write('rth;');
    assert.deepEqual(await answersOf(socket, 1), ['fourth']);
    socket.destroy();
  });

  it('is no body where it is cut off', async () => {
    seen.length = 0;
    for (const wait of [false, true]) {
      const socket = await open();
      socket.write(`${head(10)}half`);
      if (wait) while (seen.length === 0) await turn();
      socket.destroy();
      const { body } = await next();
      await assert.rejects(body, (fault: Fault) => fault.code === 'request.malformed');
    }
  });

  it('whole, does not hide that its caller leaves', async () => {
    seen.length = 0;
    answers = false;
    const socket = await open();
    socket.write(request('asked;'));
    const { call, body, left } = await next();
    assert.equal(await body, 'asked;');
    socket.destroy();
    await left;
    assert.ok(call.abandoned);
    answers = true;
  });
});
