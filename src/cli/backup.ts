import { resolve } from 'node:path';
import type { Command } from 'commander';
import { withAdminApi } from './admin-client.ts';
import type { CommandContext } from './context.ts';
import { apiCommand, type CommonOptions, dataOption, jsonOption } from './options.ts';
import { json } from './output.ts';

export function addBackup(program: Command, context: CommandContext): void {
  const { rooms, terminal } = context;
  apiCommand(program, 'backup')
    .description('write a consistent copy of the data folder, also while a server runs')
    .requiredOption('--out <folder>', 'a folder that does not exist yet')
    .addHelpText(
      'after',
      "\nExample:\n  surety backup --out /backups/2026-01-31\n\nA backup holds the ledger's signing key and the keys' hashes: keep it as you keep the data folder.\n",
    )
    .action(async (options: CommonOptions & { out: string }) => {
      await withAdminApi(context, options, async (ask) => {
        const made = await ask<{ folder: string; bytes: number; entries: number }>('POST', '/api/backup', {
          out: resolve(options.out),
        });
        terminal.out(
          options.json ? json(made) : `${made.folder} holds ${made.entries} entries, ${made.bytes} bytes.\n`,
        );
      });
    });
  program
    .command('restore')
    .description('make a data folder from a backup, after verifying the ledger in it')
    .requiredOption('--from <folder>', 'the backup')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  surety restore --from /backups/2026-01-31 --data data\n')
    .action(async (options: CommonOptions & { from: string }) => {
      const made = await rooms.restore({ from: resolve(options.from), dataFolder: resolve(options.data) });
      terminal.out(
        options.json ? json(made) : `${made.folder} is restored: ${made.entries} entries, verified.\n`,
      );
    });
}
