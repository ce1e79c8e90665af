import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { surety } from '../support/surety.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const statusOf = (port: number): Promise<number> =>
  new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).on('error', () => resolve(0));
  });
const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });

test('the console port says ready when the gate listens, and not before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'surety-ready-'));
  const [gate, console] = [await freePort(), await freePort()];
  for (let start = 0; start < 3; start++) {
    const child = spawn(
      surety,
      [
        'up',
        '--data',
        join(folder, 'data'),
        '--gate',
        `127.0.0.1:${gate}`,
        '--console',
        `127.0.0.1:${console}`,
      ],
      { cwd: folder, stdio: 'ignore' },
    );
    const exit = once(child, 'exit');
    try {
      const seen: number[] = [];
      while (seen.at(-1) !== 200 && child.exitCode === null) seen.push(await statusOf(console));
      assert.ok(
        await listens(gate),
        `start ${start}: ready after ${seen.length} questions, and it does not listen`,
      );
    } finally {
      child.kill();
      await exit;
    }
  }
  rmSync(folder, { recursive: true });
});
