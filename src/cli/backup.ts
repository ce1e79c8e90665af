import { resolve } from 'node:path';
import type { Command } from 'commander';
import { withAdminApi } from './admin-client.ts';
import type { CommandContext } from './context.ts';
import { type CommonOptions, dataOption, jsonOption } from './options.ts';
import { json } from './output.ts';

export function addBackup(program: Command, context: CommandContext): void {
  const { rooms, terminal } = context;
  program
    .command('backup')
    .description('write a consistent copy of the data folder, also while a server runs')
    .requiredOption('--out <folder>', 'a folder that does not exist yet')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      "\nExample:\n  surety backup --out /backups/2026-01-31\n\nA backup holds the ledger's signing key and the keys' hashes: keep it as you keep the data folder.\nIt does not hold the keys of what is kept of persons (the folder vault): an erasure would come back with them.\n",
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
    .option(
      '--keys-from <folder>',
      'the data folder that is replaced, or its folder vault: the keys of what is kept of persons, as they are now',
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  surety restore --from /backups/2026-01-31 --data data-new --keys-from data\n\nWithout --keys-from captured content, words in cases and meanings of pseudonyms cannot be read any more. The keys are copied: destroy the\nfolder they came from when the new one serves, since an erasure does not reach it.\n',
    )
    .action(async (options: CommonOptions & { from: string; keysFrom?: string }) => {
      const { from, data, keysFrom } = options;
      const made = await rooms.restore({
        from: resolve(from),
        dataFolder: resolve(data),
        keysFrom: keysFrom === undefined ? undefined : resolve(keysFrom),
      });
      terminal.out(
        options.json ? json(made) : `${made.folder} is restored: ${made.entries} entries, verified.\n`,
      );
    });
}
