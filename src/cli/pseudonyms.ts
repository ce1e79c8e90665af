import type { Command } from 'commander';
import { withAdminApi } from './admin-client.ts';
import type { CommandContext } from './context.ts';
import { breakGlassOption, type CommonOptions, apiCommand } from './options.ts';
import { json, printable } from './output.ts';

export function addPseudonyms(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const pseudonyms = program
    .command('pseudonyms')
    .description('pseudonyms of addresses and persons in the ledger: reveal, erase');
  const pathOf = (pseudonym: string, act: string): string =>
    `/api/pseudonyms/${encodeURIComponent(pseudonym)}/${act}`;
  apiCommand(pseudonyms, 'reveal')
    .description('what one stands for; an entry tells who asked and why, before it is shown')
    .argument('<pseudonym>', 'addr_…, net_… or person_…')
    .requiredOption('--reason <reason>', 'one of the reasons the policy has (data.capture.reasons)')
    .addHelpText(
      'after',
      '\nExample:\n  surety pseudonyms reveal addr_3fT… --reason incident\n\nExit code 1: it is not kept, or was erased.\n',
    )
    .action(async (pseudonym: string, options: CommonOptions & { reason: string }) => {
      const found = await withAdminApi(context, options, (ask) =>
        ask<{ meaning: string }>('POST', pathOf(pseudonym, 'reveal'), { reason: options.reason }),
      );
      terminal.out(options.json ? json(found) : `${printable(found.meaning)}\n`);
    });
  apiCommand(pseudonyms, 'erase')
    .description('destroy what one stands for, in every backup too; needs a second person')
    .argument('<pseudonym>', 'addr_…, net_… or person_…')
    .addOption(breakGlassOption())
    .action(async (pseudonym: string, options: CommonOptions & { breakGlass?: string }) => {
      const erased = await withAdminApi(context, options, (ask) =>
        ask<{ erasure: string }>('POST', pathOf(pseudonym, 'erase')),
      );
      terminal.out(
        options.json ? json(erased) : `${pseudonym} stands for nobody any more (${erased.erasure}).\n`,
      );
    });
}
