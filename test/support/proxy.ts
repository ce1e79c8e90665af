import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, type Server } from 'node:net';

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;
export const listen = <Listening extends Server>(server: Listening): Promise<Listening> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));

export interface EgressProxy {
  readonly server: Server;
  /** Where it was asked to connect to. */
  readonly targets: readonly string[];
  /** What it was asked for itself, and refused. */
  readonly plain: readonly string[];
}

/** An egress proxy that speaks CONNECT only, and remembers where to. */
export async function startProxy(): Promise<EgressProxy> {
  const targets: string[] = [];
  const plain: string[] = [];
  const server = createHttpServer((request, response) => {
    plain.push(request.url ?? '');
    response.writeHead(405).end();
  });
  server.on('connect', (request, socket) => {
    targets.push(request.url ?? '');
    const [host, port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await listen(server);
  return { server, targets, plain };
}
