import type { Command } from 'commander';
import { everyPage, withAdminApi } from './admin-client.ts';
import type { CommandContext } from './context.ts';
import { apiCommand, collect, type CommonOptions } from './options.ts';
import { json, styler, table } from './output.ts';

interface Key {
  readonly id: string;
  readonly hint: string;
  readonly name: string;
  readonly role: string;
  readonly team?: string;
  readonly state: string;
  readonly expiresAt: string;
  readonly lastUsedAt?: string;
}

interface Issued {
  readonly id: string;
  readonly key: string;
  readonly role: string;
  readonly expiresAt: string;
}

export function addKeys(program: Command, context: CommandContext): void {
  const keys = program.command('keys').description('API keys of callers: make, list, rotate, revoke');
  addCreate(keys, context);
  addList(keys, context);
  addRotate(keys, context);
  addRevoke(keys, context);
}

function printIssued(context: CommandContext, issued: Issued, options: CommonOptions): void {
  const { id, key, role, expiresAt } = issued;
  if (options.json) return context.terminal.out(json({ id, key, role, expiresAt }));
  const style = styler(context.terminal);
  context.terminal.out(`${style('bold', key)}\n`);
  context.terminal.err(`This key is shown once. It is ${id}, for role ${role}, until ${expiresAt}.\n`);
}

function addCreate(keys: Command, context: CommandContext): void {
  apiCommand(keys, 'create')
    .description('make an API key; it is shown once')
    .requiredOption('--name <name>', 'what the key is for')
    .requiredOption('--role <role>', 'a role of the policy')
    .option('--team <team>', 'a team of the policy it belongs to')
    .requiredOption('--expires <duration>', 'how long it lives, such as 30d')
    .option('--owner <owner>', 'who answers for it')
    .option('--address <range>', 'an address or range it may be used from; repeat for several', collect)
    .addHelpText(
      'after',
      '\nExamples:\n  surety keys create --name "chat backend" --role developer --team research --expires 30d\n  KEY=$(surety keys create --name ci --role developer --expires 1d)\n',
    )
    .action(
      async (
        options: CommonOptions & {
          name: string;
          role: string;
          team?: string;
          expires: string;
          owner?: string;
          address?: string[];
        },
      ) => {
        const { name, role, team, expires, owner, address } = options;
        await withAdminApi(context, { ...options, create: true }, async (ask) => {
          const issued = await ask<Issued>('POST', '/api/keys', {
            name,
            role,
            team,
            expires,
            owner,
            addresses: address,
          });
          printIssued(context, issued, options);
        });
      },
    );
}

function addList(keys: Command, context: CommandContext): void {
  apiCommand(keys, 'list')
    .description('all keys, without the keys themselves')
    .action(async (options: CommonOptions) => {
      await withAdminApi(context, options, async (ask) => {
        const found = await Array.fromAsync(everyPage<Key>(ask, '/api/keys', 'keys'));
        if (options.json) return context.terminal.out(json(found));
        if (found.length === 0)
          return context.terminal.err('There are no keys yet; surety keys create makes one.\n');
        const rows = found.map(({ id, hint, name, role, team, state, expiresAt, lastUsedAt }) => [
          id,
          hint,
          name,
          role,
          team ?? '-',
          state,
          expiresAt.slice(0, 16),
          lastUsedAt?.slice(0, 16) ?? 'never',
        ]);
        context.terminal.out(
          `${table([['ID', 'KEY', 'NAME', 'ROLE', 'TEAM', 'STATE', 'EXPIRES', 'LAST USED'], ...rows])}\n`,
        );
      });
    });
}

function addRotate(keys: Command, context: CommandContext): void {
  apiCommand(keys, 'rotate')
    .description('make a key in place of another, which goes on for the overlap')
    .argument('<id>', 'the id of the key, from surety keys list')
    .option('--overlap <duration>', 'how long the old key goes on', '0s')
    .addHelpText('after', '\nExample:\n  surety keys rotate key_3fT… --overlap 1h\n')
    .action(async (id: string, options: CommonOptions & { overlap: string }) => {
      await withAdminApi(context, options, async (ask) => {
        printIssued(
          context,
          await ask<Issued>('POST', `/api/keys/${encodeURIComponent(id)}/rotate`, {
            overlap: options.overlap,
          }),
          options,
        );
      });
    });
}

function addRevoke(keys: Command, context: CommandContext): void {
  apiCommand(keys, 'revoke')
    .description('end a key at once; answers under way are cut')
    .argument('<id>', 'the id of the key, from surety keys list')
    .action(async (id: string, options: CommonOptions) => {
      await withAdminApi(context, options, async (ask) => {
        const key = await ask<Key>('POST', `/api/keys/${encodeURIComponent(id)}/revoke`);
        context.terminal.out(options.json ? json(key) : `${key.id} (${key.name}) is revoked.\n`);
      });
    });
}
