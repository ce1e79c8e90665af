import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Fault } from '../kernel/index.ts';
import { listenSocket } from './socket.ts';

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'surety-socket-'));
  // Open to all, so that the socket's own rights are what is tested.
  chmodSync(folder, 0o755);
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function ask(socketPath: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path: '/api/x?a=1', method: 'POST' }, (answer) => {
      let text = `${answer.statusCode} `;
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.on('end', () => resolve(text));
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

const echo = async (asked: Request): Promise<Response> =>
  new Response(`${asked.method} ${new URL(asked.url).pathname} ${await asked.text()}`, { status: 201 });

test('only the owner of the data folder can open the socket, and the umask is as it was', async (context) => {
  const path = join(folderOf(context), 's.sock');
  const umask = process.umask();
  const server = await listenSocket(path, echo);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(process.umask(), umask);
  assert.equal(await ask(path, 'body'), '201 POST /api/x body');
  await server.close();
  await assert.rejects(ask(path, ''));
});

test('a socket that a killed server left is replaced', async (context) => {
  const path = join(folderOf(context), 's.sock');
  writeFileSync(path, '');
  const server = await listenSocket(path, echo);
  assert.equal(await ask(path, ''), '201 POST /api/x ');
  await server.close();
});

test('a path that is too long or in no folder is told, and no socket is made', async (context) => {
  const folder = folderOf(context);
  const refused = (path: string, sentence: RegExp) =>
    assert.rejects(
      listenSocket(path, echo),
      (error) => error instanceof Fault && error.code === 'data.unusable' && sentence.test(error.message),
    );
  await refused(join(folder, 'x'.repeat(120)), /too long for a socket/);
  await refused(join(folder, 'none', 's.sock'), /cannot be made/);
});
