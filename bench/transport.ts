import { createServer, type ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';

/**
 * The gate's own transport and nothing else: node:http to the callers, undici to the service; what has a length is gathered whole, streams
 * pass as they come. No gate on these two can
 * be faster than this, so what Surety does by itself is the difference to this row.
 * Usage: node bench/transport.ts [PORT] [UPSTREAM-PORT]
 */
const port = Number(process.argv[2] ?? 19_105);
const upstreamPort = Number(process.argv[3] ?? 19_100);
const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 256, pipelining: 1 });

function passOn(response: ServerResponse): Dispatcher.DispatchHandler {
  const gathered: Buffer[] = [];
  let isStream = false;
  return {
    onRequestStart() {},
    onResponseStart(_controller, status, { 'content-type': type, 'content-length': length }) {
      isStream = length === undefined;
      response.writeHead(status, {
        'content-type': String(type),
        ...(length !== undefined && { 'content-length': String(length) }),
      });
    },
    onResponseData: (_controller, chunk) => void (isStream ? response.write(chunk) : gathered.push(chunk)),
    onResponseEnd: () => void response.end(gathered.length > 0 ? Buffer.concat(gathered) : undefined),
    onResponseError: () => void response.destroy(),
  };
}

createServer((request, response) => {
  const body: Buffer[] = [];
  request.on('data', (chunk: Buffer) => body.push(chunk));
  request.on('end', () => {
    pool.dispatch(
      {
        path: request.url ?? '/',
        method: request.method ?? 'GET',
        headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
        body: Buffer.concat(body),
      },
      passOn(response),
    );
  });
}).listen(port, '127.0.0.1', () => console.log(`transport on 127.0.0.1:${port}`));
