import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Fault } from '../kernel/index.ts';

/** The longest path a Unix socket can have on Linux, with its closing zero. */
const longestSocketPath = 107;

/**
 * Serves the admin API on a Unix socket that only the owner of the data folder can open. The folder is 0700 already; the socket is 0600, so
 * that neither alone is what protects it.
 */
export async function listenSocket(
  path: string,
  fetch: (request: Request) => Promise<Response>,
): Promise<{ close(): Promise<void> }> {
  if (Buffer.byteLength(path) > longestSocketPath) {
    throw new Fault('data.unusable', {
      detail: `Its path is too long for a socket (${longestSocketPath} bytes): ${path}`,
    });
  }
  // The folder's lock is held, so a socket found here is what a killed server left.
  rmSync(path, { force: true });
  const listener = getRequestListener(fetch);
  const server = createServer((request, response) => void listener(request, response));
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new Fault('data.unusable', { detail: 'Its socket cannot be made.', cause })),
      );
      server.listen(path, resolve);
    });
  } finally {
    process.umask(before);
  }
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
