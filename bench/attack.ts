/**
 * One attack on a gateway, until it is ended: for the bench `hostile`. Run: node bench/attack.ts PORT NAME KEY. Loopback only.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const [port, name = '', key = ''] = [Number(process.argv[2]), process.argv[3], process.argv[4]];
const path = '/v1/chat/completions';

function head(length: number, credential = key): string {
  return `POST ${path} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer ${credential}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
}

function open(localAddress = '127.0.0.1'): Socket {
  return connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {});
}

/** Sends a body again and again, on so many connections, each when the answer to its last has come or its connection was closed. */
async function repeat(body: string | Buffer, connections: number): Promise<void> {
  const one = async (): Promise<void> => {
    for (;;) {
      const socket = open();
      await new Promise<void>((resolve) => {
        socket.once('data', () => resolve()).once('close', () => resolve());
        socket.write(head(Buffer.byteLength(body)));
        socket.write(body);
      });
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
}

/** Opens connections that say something and then nothing, and opens them again when they are closed. */
async function hold(count: number, say: string): Promise<void> {
  const one = async (): Promise<void> => {
    for (;;) {
      const socket = open();
      await new Promise<void>((resolve) => {
        socket.once('close', () => resolve());
        if (say !== '') socket.write(say);
      });
      await wait(100);
    }
  };
  await Promise.all(Array.from({ length: count }, one));
}

const chat = (content: unknown, more: object = {}): string =>
  JSON.stringify({ model: 'mock', messages: [{ role: 'user', content }], ...more });
const parts = (count: number, text: string) => Array.from({ length: count }, () => ({ type: 'text', text }));

const attacks: Readonly<Record<string, () => Promise<void>>> = {
  'empty objects': () => repeat(`{"model":"mock","messages":[],"x":[${'{},'.repeat(3_300_000)}{}]}`, 4),
  'many members': () =>
    repeat(
      JSON.stringify({
        model: 'mock',
        messages: [],
        ...Object.fromEntries(Array.from({ length: 45_000 }, (_, at) => [`m${at}`, 1])),
      }),
      4,
    ),
  'text parts': () => repeat(chat(parts(20_000, 'a.b@example.com')), 4),
  'one long text': () => repeat(chat('word '.repeat(1_900_000)), 4),
  'e-mails': () => repeat(chat('a.b@example.com '.repeat(500_000)), 4),
  'token ids': () =>
    repeat(
      JSON.stringify({ model: 'mock', messages: [], input: Array.from({ length: 2_000_000 }, () => 1234) }),
      4,
    ),
  'slow bodies': () => hold(300, `${head(9_000_000)}{`),
  'slow heads': () => hold(300, `POST ${path} HTTP/1.1\r\nhost: gateway\r\nx-slow: `),
  'idle connections': () => hold(5000, ''),
  'bad keys': async () => {
    const one = async (): Promise<void> => {
      for (;;) {
        const socket = open();
        await new Promise<void>((resolve) => {
          socket.once('data', () => resolve()).once('close', () => resolve());
          socket.write(head(2, 'sty_notAKey') + '{}');
        });
        socket.destroy();
        await wait(2);
      }
    };
    await Promise.all(Array.from({ length: 8 }, one));
  },
};

const attack = attacks[name];
if (!attack || !Number.isInteger(port)) {
  console.error(
    `Usage: node bench/attack.ts PORT NAME KEY; NAME is one of: ${Object.keys(attacks).join(', ')}`,
  );
  process.exit(2);
}
// It is ended from outside; if that is forgotten, by itself.
setTimeout(() => process.exit(0), 120_000).unref();
await attack();
