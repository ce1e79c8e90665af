import { Agent, createServer, request as send } from 'node:http';

/**
 * What the gate is measured against: the least a proxy on node:http can do. It pipes the request to the mock and the answer back.
 * Usage: node bench/pipe.ts [PORT] [UPSTREAM-PORT]
 */
const port = Number(process.argv[2] ?? 19_101);
const upstreamPort = Number(process.argv[3] ?? 19_100);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

createServer((request, response) => {
  const upstream = send(
    {
      agent,
      host: '127.0.0.1',
      port: upstreamPort,
      method: request.method,
      path: request.url,
      headers: request.headers,
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  upstream.on('error', () => response.destroy());
  request.pipe(upstream);
}).listen(port, '127.0.0.1', () => console.log(`pipe on 127.0.0.1:${port}`));
