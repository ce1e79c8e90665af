import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { type CommandContext, Exit } from './context.ts';
import { dataOption, jsonOption } from './options.ts';
import { json } from './output.ts';

export function addInit(program: Command, context: CommandContext): void {
  const { rooms, terminal } = context;
  program
    .command('init')
    .description('write a policy to begin with, and make the data folder')
    .option('--policy <file>', 'where the policy is written', 'surety.yaml')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  surety init && surety up\n')
    .action(async (options: { policy: string; data: string; json?: boolean }) => {
      if (existsSync(options.policy))
        throw new Exit(
          2,
          `${options.policy} exists already and is left as it is; name another with --policy.`,
        );
      mkdirSync(dirname(options.policy), { recursive: true });
      copyFileSync(rooms.starterPolicy, options.policy);
      const api = await rooms.openInProcess({
        dataFolder: options.data,
        policyFile: options.policy,
        create: true,
      });
      await api.close();
      if (options.json) return terminal.out(json({ policy: options.policy, data: options.data }));
      terminal.out(
        `The policy is ${options.policy}, the data folder ${options.data}. surety up serves them.\n`,
      );
    });
}
