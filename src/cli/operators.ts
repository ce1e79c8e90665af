import type { Command } from 'commander';
import { everyPage, withAdminApi } from './admin-client.ts';
import type { CommandContext } from './context.ts';
import { apiCommand, breakGlassOption, collect, type CommonOptions } from './options.ts';
import { json, styler, table } from './output.ts';

interface Operator {
  readonly id: string;
  readonly name: string;
  readonly signsInBy: string;
  readonly roles: readonly string[];
  readonly state: string;
  readonly createdBy?: string;
  readonly keys: readonly {
    readonly id: string;
    readonly issuedBy: string;
    readonly hint: string;
    readonly state: string;
    readonly expiresAt: string;
  }[];
}

interface Issued {
  readonly id: string;
  readonly keyId: string;
  readonly key: string;
  readonly roles: readonly string[];
  readonly expiresAt: string;
}

type Options = CommonOptions & { readonly breakGlass?: string };

export function addOperators(program: Command, context: CommandContext): void {
  const operators = program
    .command('operators')
    .description('operators of the admin API: make, list, show, change, disable, sign out');
  addCreate(operators, context);
  addList(operators, context);
  addShow(operators, context);
  addRoles(operators, context);
  addState(operators, context, 'disable', 'refuse an operator everywhere, at once');
  addState(operators, context, 'enable', 'let a disabled operator in again; needs a second person');
  addIssueKey(operators, context);
  addRevokeKey(operators, context);
  addSessions(operators, context);
}

const pathOf = (id: string, rest = ''): string => `/api/operators/${encodeURIComponent(id)}${rest}`;

function printIssued({ terminal }: CommandContext, issued: Issued, options: CommonOptions): void {
  const { id, keyId, key, roles, expiresAt } = issued;
  if (options.json) return terminal.out(json({ id, keyId, key, roles, expiresAt }));
  terminal.out(`${styler(terminal)('bold', key)}\n`);
  terminal.err(
    `This key is shown once. It is ${keyId} of operator ${id} (${roles.join(', ')}), until ${expiresAt}.\n`,
  );
}

function addCreate(operators: Command, context: CommandContext): void {
  apiCommand(operators, 'create')
    .description('make an operator; its key is shown once')
    .requiredOption('--name <name>', 'who, or which program, it is')
    .requiredOption(
      '--role <role>',
      'owner, security, operator, auditor, developer, or one of the policy; repeat for several',
      collect,
    )
    .option('--expires <duration>', 'how long the key lives', '30d')
    .addOption(breakGlassOption())
    .addHelpText(
      'after',
      '\nExamples:\n  surety operators create --name "platform owner" --role owner        the first one\n  surety operators create --name audit-export --role auditor --expires 7d\n\nOwners, security and roles like them, and roles that may what you may not, need a second person, as soon as there is one. Exit code 1: it waits.\nLocked out? On the machine of the server: surety operators create --name "platform owner" --role owner --break-glass lockout\n',
    )
    .action(async (options: Options & { name: string; role: string[]; expires: string }) => {
      const { name, role, expires } = options;
      await withAdminApi(context, { ...options, create: true }, async (ask) => {
        const input = { name, roles: role, expires };
        printIssued(context, await ask<Issued>('POST', '/api/operators', input), options);
      });
    });
}

function addList(operators: Command, context: CommandContext): void {
  apiCommand(operators, 'list')
    .description('all operators')
    .action(async (options: Options) => {
      await withAdminApi(context, options, async (ask) => {
        const found = await Array.fromAsync(everyPage<Operator>(ask, '/api/operators', 'operators'));
        if (options.json) return context.terminal.out(json(found));
        if (found.length === 0)
          return context.terminal.err(
            'There are no operators yet; surety operators create makes the first.\n',
          );
        const rows = found.map(({ id, name, signsInBy, roles, state }) => [
          id,
          name,
          signsInBy,
          roles.join(','),
          state,
        ]);
        context.terminal.out(`${table([['ID', 'NAME', 'SIGNS IN BY', 'ROLES', 'STATE'], ...rows])}\n`);
      });
    });
}

function print(operator: Operator, options: CommonOptions, { terminal }: CommandContext): void {
  if (options.json) return terminal.out(json(operator));
  const { id, name, signsInBy, roles, state, keys, createdBy } = operator;
  const origin = createdBy === undefined ? '' : `, created by ${createdBy}`;
  terminal.out(
    `${id}  ${name}\n  ${state}, signs in by ${signsInBy}, roles ${roles.join(', ') || 'none'}${origin}\n`,
  );
  for (const key of keys)
    terminal.out(
      `  key ${key.id}  ${key.hint}  ${key.state}, until ${key.expiresAt.slice(0, 16)}, issued by ${key.issuedBy}\n`,
    );
}

const idText = 'the id of the operator, from surety operators list';

function addShow(operators: Command, context: CommandContext): void {
  apiCommand(operators, 'show')
    .description('one operator, with its keys')
    .argument('<id>', idText)
    .action(async (id: string, options: Options) => {
      await withAdminApi(context, options, async (ask) =>
        print(await ask<Operator>('GET', pathOf(id)), options, context),
      );
    });
}

function addRoles(operators: Command, context: CommandContext): void {
  apiCommand(operators, 'roles')
    .description('give an operator other roles, in place of those it has')
    .argument('<id>', idText)
    .requiredOption('--role <role>', 'repeat for several', collect)
    .addOption(breakGlassOption())
    .addHelpText('after', '\nExample:\n  surety operators roles opr_3fT… --role auditor\n')
    .action(async (id: string, options: Options & { role: string[] }) => {
      const { role: roles } = options;
      await withAdminApi(context, options, async (ask) =>
        print(await ask<Operator>('POST', pathOf(id, '/roles'), { roles }), options, context),
      );
    });
}

function addState(
  operators: Command,
  context: CommandContext,
  ...[name, description]: readonly ['disable' | 'enable', string]
): void {
  const command = apiCommand(operators, name).description(description).argument('<id>', idText);
  if (name === 'enable') command.addOption(breakGlassOption());
  command.action(async (id: string, options: Options) => {
    await withAdminApi(context, options, async (ask) =>
      print(await ask<Operator>('POST', pathOf(id, `/${name}`), {}), options, context),
    );
  });
}

function addIssueKey(operators: Command, context: CommandContext): void {
  apiCommand(operators, 'issue-key')
    .description('make another key for an operator; it is shown once, and needs a second person')
    .argument('<id>', idText)
    .option('--expires <duration>', 'how long the key lives', '30d')
    .addOption(breakGlassOption())
    .action(async (id: string, options: Options & { expires: string }) => {
      const { expires } = options;
      await withAdminApi(context, options, async (ask) =>
        printIssued(context, await ask<Issued>('POST', pathOf(id, '/keys'), { expires }), options),
      );
    });
}

function addRevokeKey(operators: Command, context: CommandContext): void {
  apiCommand(operators, 'revoke-key')
    .description('end a key of an operator at once, with the sessions that began with it')
    .argument('<id>', idText)
    .argument('<key>', 'the id of the key, from surety operators show')
    .action(async (id: string, key: string, options: Options) => {
      await withAdminApi(context, options, async (ask) =>
        print(
          await ask<Operator>('POST', pathOf(id, `/keys/${encodeURIComponent(key)}/revoke`)),
          options,
          context,
        ),
      );
    });
}

interface Session {
  readonly id: string;
  readonly operator: string;
  readonly name: string;
  readonly startedAt: string;
  readonly seenAt: string;
  readonly expiresAt: string;
}

function addSessions(operators: Command, context: CommandContext): void {
  apiCommand(operators, 'sessions')
    .description('who is signed in')
    .action(async (options: Options) => {
      await withAdminApi(context, options, async (ask) => {
        const found = await Array.fromAsync(everyPage<Session>(ask, '/api/sessions', 'sessions'));
        if (options.json) return context.terminal.out(json(found));
        if (found.length === 0) return context.terminal.err('Nobody is signed in.\n');
        const rows = found.map(({ id, operator, name, startedAt, seenAt, expiresAt }) => [
          id,
          operator,
          name,
          ...[startedAt, seenAt, expiresAt].map((time) => time.slice(0, 16)),
        ]);
        context.terminal.out(
          `${table([['ID', 'OPERATOR', 'NAME', 'SINCE', 'LAST SEEN', 'UNTIL'], ...rows])}\n`,
        );
      });
    });
  apiCommand(operators, 'sign-out')
    .description('end every session of an operator at once; disable it to keep it out')
    .argument('<id>', idText)
    .action(async (id: string, options: Options) => {
      await withAdminApi(context, options, async (ask) => {
        const answer = await ask<{ ended: number }>('POST', pathOf(id, '/sessions/revoke'));
        context.terminal.out(options.json ? json(answer) : `${answer.ended} sessions ended.\n`);
      });
    });
}
