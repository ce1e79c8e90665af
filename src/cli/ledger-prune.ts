import type { Command } from 'commander';
import { withAdminApi } from './admin-client.ts';
import type { CommandContext } from './context.ts';
import { apiCommand, breakGlassOption, type CommonOptions } from './options.ts';
import { json } from './output.ts';

interface PruneOptions extends CommonOptions {
  readonly olderThan: string;
  readonly breakGlass?: string;
}

export function addPrune(ledger: Command, context: CommandContext): void {
  const command = apiCommand(ledger, 'prune')
    .description('drop the oldest entries, in whole bundles of 256; needs a second person')
    .requiredOption('--older-than <time>', 'entries from before this go: 400d (ago), or 2026-01-31')
    .addOption(breakGlassOption());
  command
    .addHelpText(
      'after',
      '\nExample:\n  surety ledger prune --older-than 400d\n\nExit code 1: it waits for another operator.\n',
    )
    .action(async (options: PruneOptions) => {
      const { olderThan } = options;
      await withAdminApi(context, options, async (ask) => {
        const answer = await ask<{ minimumIndex: number }>('POST', '/api/ledger/prune', { olderThan });
        context.terminal.out(
          options.json ? json(answer) : `The first entry kept is number ${answer.minimumIndex}.\n`,
        );
      });
    });
}
