import { runCommand } from './cli/index.ts';
import { commandRooms } from './app/command-rooms.ts';
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

process.exitCode = await runCommand(process.argv.slice(2), {
  rooms: commandRooms,
  terminal: {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal,
    input: readInput,
  },
});
