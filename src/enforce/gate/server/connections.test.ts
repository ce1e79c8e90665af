import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as turn } from 'node:timers/promises';
import { silentLog, systemClock } from '../../../kernel/index.ts';
import type { GateSection } from '../section.ts';
import { shareConnections } from './connections.ts';

/** Linux answers for all of 127.0.0.0/8, so that one machine has many addresses. */
describe('connections', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  let server: Server;
  let port: number;
  const open: Socket[] = [];
  before(async () => {
    server = createServer((request, response) => {
      if (request.url === '/slow') return;
      response.end('served');
    });
    const section = {
      bounds: { connections: 20 },
      proxies: [],
      proxyProtocol: false,
    } as unknown as GateSection;
    shareConnections(server, section, { log: silentLog, elapsed: systemClock.elapsed });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  after(() => {
    for (const socket of open) socket.destroy();
    server.close();
    server.closeAllConnections();
  });

  /** Sends a request; false where the connection was closed instead of taken. */
  function ask(path: string, localAddress: string): Promise<boolean> {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    open.push(socket);
    return new Promise((resolve) => {
      socket.on('error', () => resolve(false)).on('close', () => resolve(false));
      // One that is not answered is taken when its request has come.
      socket.on('data', () => resolve(true));
      if (path === '/slow') server.once('request', () => resolve(true));
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    });
  }
  const closeAll = async (): Promise<void> => {
    for (const socket of open.splice(0)) socket.destroy();
    while ((await countOf(server)) > 0) await turn();
  };

  it('of one address leave room for those of others, also while all of them are busy', async () => {
    let held = 0;
    while (held < 20 && (await ask('/slow', '127.0.0.2'))) held++;
    assert.equal(held, 16, 'four fifths are one address’s share');
    assert.equal(await ask('/', '127.0.0.3'), true);
    assert.equal(await ask('/', '127.0.0.2'), false, 'a busy address got more than its share');
    await closeAll();
  });

  it('that are idle make room for new ones of the same address', async () => {
    for (let count = 0; count < 60; count++) assert.equal(await ask('/', '127.0.0.2'), true, `${count}`);
    assert.ok((await countOf(server)) <= 16);
    await closeAll();
  });

  it('that are idle, of many addresses, make room for one of another', async () => {
    for (let count = 0; count < 60; count++)
      assert.equal(await ask('/', `127.0.1.${count + 1}`), true, `${count}`);
    assert.ok((await countOf(server)) <= 20);
    await closeAll();
  });
});

function countOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}
