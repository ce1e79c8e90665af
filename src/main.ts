import { once } from 'node:events';
import { runCommand } from './cli/index.ts';
import { lazyRooms } from './app/lazy-rooms.ts';
import { environment } from './environment.ts';

const isTerminal = process.stdout.isTTY && environment['NO_COLOR'] === undefined;

const mostInput = 1_000_000;

async function readInput(): Promise<string> {
  const parts: Buffer[] = [];
  let total = 0;
  for await (const part of process.stdin) {
    parts.push(part as Buffer);
    total += (part as Buffer).length;
    if (total > mostInput) break;
  }
  return Buffer.concat(parts).toString();
}

async function writeAll(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (text !== '' && !stream.write(text)) await once(stream, 'drain');
}

// Whoever read has gone, as `head` does; there is nobody to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(2);
  throw error;
});

process.exitCode = await runCommand(process.argv.slice(2), {
  rooms: lazyRooms,
  terminal: {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal,
    input: readInput,
    inputChunks: () => process.stdin,
    outAll: (text) => writeAll(process.stdout, text),
  },
});
