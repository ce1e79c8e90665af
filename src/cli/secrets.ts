import type { Command } from 'commander';
import { withAdminApi } from './admin-client.ts';
import type { CommandContext } from './context.ts';
import { type CommonOptions, apiCommand } from './options.ts';
import { json } from './output.ts';

interface Status {
  readonly provider: string;
  readonly versions: readonly { readonly id: string; readonly createdAt: string }[];
  readonly keys: number;
  readonly most: number;
  readonly wrapped?: number;
}

export function addSecrets(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const secrets = program
    .command('secrets')
    .description('the master key that wraps the keys of what is kept of persons: status, rotate');
  const print = (status: Status, options: CommonOptions): void => {
    if (options.json) return terminal.out(json(status));
    const versions = status.versions.map(({ id, createdAt }) => `${id} of ${createdAt.slice(0, 10)}`);
    terminal.out(
      `${versions.join(', ')} (${status.provider}) wraps ${status.keys} keys of ${status.most}.\n`,
    );
  };
  apiCommand(secrets, 'status')
    .description('its versions, and how many keys it wraps')
    .action(async (options: CommonOptions) =>
      print(await withAdminApi(context, options, (ask) => ask<Status>('GET', '/api/secrets')), options),
    );
  apiCommand(secrets, 'rotate')
    .description('make another master key, wrap every key under it, destroy the old one')
    .addHelpText(
      'after',
      '\nData stays sealed as it is: the keys that seal it are wrapped anew. Rotate after somebody may have seen the master key, and by habit once a year.\n',
    )
    .action(async (options: CommonOptions) => {
      const rotated = await withAdminApi(context, options, (ask) =>
        ask<Status>('POST', '/api/secrets/rotate'),
      );
      if (!options.json) terminal.err(`${rotated.wrapped ?? 0} keys were wrapped anew.\n`);
      print(rotated, options);
    });
}
