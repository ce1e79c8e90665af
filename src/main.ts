import { runCommand } from './cli/index.ts';
import { commandRooms } from './app/command-rooms.ts';
import { environment } from './environment.ts';

const isTerminal = process.stdout.isTTY && environment['NO_COLOR'] === undefined;

process.exitCode = await runCommand(process.argv.slice(2), {
  rooms: commandRooms,
  terminal: {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal,
  },
});
