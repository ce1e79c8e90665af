import type { Command } from 'commander';
import { type Ask, everyPage, withAdminApi } from './admin-client.ts';
import type { CommandContext } from './context.ts';
import { apiCommand, type CommonOptions } from './options.ts';
import { json, styler, table } from './output.ts';

interface Asked {
  readonly request: string;
  readonly act: string;
  readonly route: string;
  readonly input: unknown;
  readonly state: string;
  readonly askedBy: string;
  readonly expiresAt: string;
  readonly reason?: string;
}

export function addApprovals(program: Command, context: CommandContext): void {
  const approvals = program
    .command('approvals')
    .description('acts that need a second person: list, approve, refuse, withdraw, collect');
  addList(approvals, context);
  addStep(approvals, context, {
    name: 'approve',
    description: 'approve what another operator asked for; it is done at once, exactly once',
    done: ({ request, state, reason }) =>
      state === 'approved'
        ? `${request} is approved; who asked collects the answer, which is shown once.`
        : `${request} is ${state}${reason === undefined ? '' : ` (${reason})`}.`,
  });
  addStep(approvals, context, {
    name: 'refuse',
    description: 'refuse a request',
    reason: true,
    done: ({ request }) => `${request} is refused.`,
  });
  addStep(approvals, context, {
    name: 'withdraw',
    description: 'take back what you asked for',
    done: ({ request }) => `${request} is withdrawn.`,
  });
  addCollect(approvals, context);
}

function addList(approvals: Command, context: CommandContext): void {
  apiCommand(approvals, 'list')
    .description('requests, oldest first')
    .option('--all', 'also those that are over')
    .action(async (options: CommonOptions & { all?: boolean }) => {
      await withAdminApi(context, options, async (ask) => {
        const found = await Array.fromAsync(everyPage<Asked>(ask, '/api/requests', 'requests'));
        const shown = found.filter(({ state }) => options.all || state === 'waiting' || state === 'approved');
        if (options.json) return context.terminal.out(json(shown));
        if (shown.length === 0) return context.terminal.err('Nothing waits for a second person.\n');
        const rows = shown.map(({ request, state, askedBy, act, expiresAt, input }) => [
          request,
          state,
          askedBy,
          act,
          expiresAt.slice(0, 16),
          JSON.stringify(input),
        ]);
        context.terminal.out(`${table([['ID', 'STATE', 'ASKED BY', 'ACT', 'EXPIRES', 'INPUT'], ...rows])}\n`);
      });
    });
}

interface Step {
  readonly name: 'approve' | 'refuse' | 'withdraw';
  readonly description: string;
  readonly reason?: boolean;
  done(asked: Asked): string;
}

function addStep(approvals: Command, context: CommandContext, step: Step): void {
  const command = apiCommand(approvals, step.name)
    .description(step.description)
    .argument('<id>', 'the id of the request, from surety approvals list');
  if (step.reason) command.requiredOption('--reason <text>', 'why; kept with the request');
  command.action(async (id: string, options: CommonOptions & { reason?: string }) => {
    await withAdminApi(context, options, async (ask: Ask) => {
      const path = `/api/requests/${encodeURIComponent(id)}/${step.name}`;
      const asked = await ask<Asked>('POST', path, { reason: options.reason });
      context.terminal.out(options.json ? json(asked) : `${step.done(asked)}\n`);
    });
  });
}

function addCollect(approvals: Command, context: CommandContext): void {
  apiCommand(approvals, 'collect')
    .description('do what was approved, and see its answer, which is shown once')
    .argument('<id>', 'the id of your request')
    .action(async (id: string, options: CommonOptions) => {
      await withAdminApi(context, options, async (ask) => {
        const path = `/api/requests/${encodeURIComponent(id)}/collect`;
        const { result } = await ask<{ result: Record<string, unknown> }>('POST', path);
        const { key } = result;
        if (options.json || typeof key !== 'string') return context.terminal.out(json(result));
        context.terminal.out(`${styler(context.terminal)('bold', key)}\n`);
        context.terminal.err(`This key is shown once. It is ${String(result['keyId'] ?? result['id'])}.\n`);
      });
    });
}
