import type { Command } from 'commander';
import { everyPage, withAdminApi } from './admin-client.ts';
import { type CommandContext, Exit } from './context.ts';
import { apiCommand, type CommonOptions } from './options.ts';
import { json, styler, table } from './output.ts';

interface Decision {
  readonly permitted: boolean;
  readonly because: string;
  readonly place?: string;
  readonly path?: string;
  readonly builtInRole?: string;
}

interface Withdrawal {
  readonly id: string;
  readonly kind: 'role' | 'team';
  readonly name: string;
  readonly createdAt: string;
}

export function addAccess(program: Command, context: CommandContext): void {
  const access = program
    .command('access')
    .description('who may do what; roles and teams of callers withdrawn at once');
  addExplain(access, context);
  addWithdraw(access, context);
  addWithdrawals(access, context);
  addRestore(access, context);
}

function addExplain(access: Command, context: CommandContext): void {
  apiCommand(access, 'explain')
    .description(
      'say whether somebody may do something, and which line of the policy or built-in role decides',
    )
    .argument('<principal>', 'an operator or key by its id, owner, or a role')
    .argument('<action>', '"revoke keys" and the like, or "call /v1/chat/completions"')
    .option('--model <model>', 'for call: the model')
    .addHelpText(
      'after',
      '\nExamples:\n  surety access explain auditor "prune ledger"\n  surety access explain key_3fT… "call /v1/chat/completions" --model gpt-5-mini\n\nExit codes: 0 yes, 1 no.\n',
    )
    .action(async (principal: string, action: string, options: CommonOptions & { model?: string }) => {
      await withAdminApi(context, options, async (ask) => {
        const { model } = options;
        const decision = await ask<Decision>('GET', '/api/access', { principal, action, model });
        print(decision, options, context);
        if (!decision.permitted) throw new Exit(1, '');
      });
    });
}

function print(decision: Decision, { json: asJson }: CommonOptions, { terminal }: CommandContext): void {
  if (asJson) return terminal.out(json(decision));
  const style = styler(terminal);
  const { permitted, because, place, path, builtInRole } = decision;
  const answer = permitted ? style(['bold', 'green'], 'yes') : style(['bold', 'red'], 'no');
  terminal.out(`${answer}  ${because}\n`);
  if (place !== undefined) terminal.out(`     ${place} ${path ?? ''}\n`);
  if (builtInRole !== undefined) terminal.out(`     built-in role ${builtInRole}\n`);
}

function addWithdraw(access: Command, context: CommandContext): void {
  apiCommand(access, 'withdraw')
    .description('refuse a role or a team of callers as a whole, at once; answers under way are cut')
    .argument('<kind>', 'role or team')
    .argument('<name>', 'its name in the policy')
    .addHelpText(
      'after',
      '\nExamples:\n  surety access withdraw role intern\n  surety access withdraw team contractors\n\nKeys and tokens stay as they are. Whoever has another role besides goes by that. It holds over restarts and\nother policies, until surety access restore.\n',
    )
    .action(async (kind: string, name: string, options: CommonOptions) => {
      await withAdminApi(context, options, async (ask) => {
        const withdrawal = await ask<Withdrawal>('POST', '/api/withdrawals', { kind, name });
        context.terminal.out(
          options.json ? json(withdrawal) : `${withdrawal.id}: the ${kind} ${name} is withdrawn.\n`,
        );
      });
    });
}

function addWithdrawals(access: Command, context: CommandContext): void {
  apiCommand(access, 'withdrawals')
    .description('which roles and teams of callers are withdrawn')
    .action(async (options: CommonOptions) => {
      await withAdminApi(context, options, async (ask) => {
        const found = await Array.fromAsync(everyPage<Withdrawal>(ask, '/api/withdrawals', 'withdrawals'));
        if (options.json) return context.terminal.out(json(found));
        if (found.length === 0) return context.terminal.err('No role and no team is withdrawn.\n');
        const rows = found.map(({ id, kind, name, createdAt }) => [id, kind, name, createdAt.slice(0, 16)]);
        context.terminal.out(`${table([['ID', 'KIND', 'NAME', 'SINCE'], ...rows])}\n`);
      });
    });
}

function addRestore(access: Command, context: CommandContext): void {
  apiCommand(access, 'restore')
    .description('restore a withdrawn role or team')
    .argument('<id>', 'the id of the withdrawal, from surety access withdrawals')
    .action(async (id: string, options: CommonOptions) => {
      await withAdminApi(context, options, async (ask) => {
        const path = `/api/withdrawals/${encodeURIComponent(id)}/restore`;
        const restored = await ask<Withdrawal>('POST', path);
        const { kind, name } = restored;
        context.terminal.out(options.json ? json(restored) : `The ${kind} ${name} may act again.\n`);
      });
    });
}
