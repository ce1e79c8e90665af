import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CommandContext, CommandRooms } from './context.ts';
import { runCommand } from './program.ts';

/** What needs no server, or is one. */
const local = new Set([
  'adopt',
  'up',
  'init',
  'restore',
  'policy check',
  'policy explain',
  'policy schema',
  'tokens inspect',
  'ledger verify',
  'redact',
  'scan',
  'detectors',
]);

async function helpOf(...path: string[]): Promise<string> {
  let text = '';
  const context: CommandContext = {
    // Help asks no room for anything but the version.
    rooms: { version: '0.0.0' } as CommandRooms,
    terminal: {
      out: (written) => {
        text += written;
      },
      err: (written) => {
        text += written;
      },
      outAll: () => assert.fail('help writes no stream'),
      input: () => assert.fail('help reads nothing'),
      inputChunks: () => assert.fail('help reads nothing'),
      isTerminal: false,
    },
  };
  assert.equal(await runCommand([...path, '--help'], context), 0, path.join(' '));
  return text;
}

async function leaves(...path: string[]): Promise<string[]> {
  const [, commands = ''] = (await helpOf(...path)).split('\nCommands:\n');
  const below = [...commands.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name);
  const named = below.filter((name) => name !== 'help');
  if (named.length === 0) return [path.join(' ')];
  return (await Promise.all(named.map((name) => leaves(...path, name)))).flat();
}

describe('every command that answers through the admin API', () => {
  it('can be asked of a server elsewhere, as an operator', async () => {
    const all = await leaves();
    assert.ok(all.length > 60, all.join());
    assert.deepEqual(
      [...local].filter((name) => !all.includes(name)),
      [],
    );
    for (const name of all) {
      const help = await helpOf(...name.split(' '));
      assert.equal(/--server <url>/.test(help) && /--key-file <file>/.test(help), !local.has(name), name);
    }
  });
});
