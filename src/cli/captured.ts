import type { Command } from 'commander';
import { everyPage, withAdminApi } from './admin-client.ts';
import type { CommandContext } from './context.ts';
import { type CommonOptions, apiCommand } from './options.ts';
import { json, printable, styler, table } from './output.ts';

interface Captured {
  readonly id: string;
  readonly subject?: string;
  readonly entry: string;
  readonly route: string;
  readonly at: string;
  readonly expiresAt: string;
  readonly readable: boolean;
  readonly prompt?: string;
  readonly answer?: string;
}

interface ListOptions extends CommonOptions {
  readonly subject?: string;
  readonly route?: string;
  readonly since?: string;
  readonly until?: string;
}

export function addCaptured(program: Command, context: CommandContext): void {
  const captured = program
    .command('captured')
    .description('prompts and answers that routes keep (data.capture): list, read');
  addList(captured, context);
  addRead(captured, context);
}

function addList(captured: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(captured, 'list')
    .description('what is kept, without its content')
    .option('--subject <id>', 'only of this data subject (subj_…)')
    .option('--route <route>', 'only of this route')
    .option('--since <time>', '2026-01-31 or 24h (ago)')
    .option('--until <time>', 'likewise')
    .addHelpText('after', '\nExample:\n  surety captured list --route chat --since 24h\n')
    .action(async ({ subject, route, since, until, ...options }: ListOptions) => {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries({ subject, route, since, until }))
        if (value !== undefined) query.set(name, value);
      await withAdminApi(context, options, async (ask) => {
        const path = `/api/captured?${query.toString()}`;
        const found = await Array.fromAsync(everyPage<Captured>(ask, path, 'captured'));
        if (options.json) return terminal.out(json(found));
        if (found.length === 0) return terminal.err('Nothing is kept.\n');
        const rows = found.map((one) => [
          one.id,
          one.at.slice(0, 19),
          printable(one.route),
          one.subject ?? '-',
          one.readable ? one.expiresAt.slice(0, 16) : 'erased',
        ]);
        terminal.out(`${table([['ID', 'AT', 'ROUTE', 'SUBJECT', 'UNTIL'], ...rows])}\n`);
      });
    });
}

function addRead(captured: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(captured, 'read')
    .description('open one record; an entry tells who read it and why, before it is shown')
    .argument('<id>', 'the id, from surety captured list')
    .requiredOption('--reason <reason>', 'one of the reasons the policy has (data.capture.reasons)')
    .addHelpText('after', '\nExample:\n  surety captured read 0199e2c4-… --reason support\n')
    .action(async (id: string, options: CommonOptions & { reason: string }) => {
      const found = await withAdminApi(context, options, (ask) =>
        ask<Captured>('POST', `/api/captured/${encodeURIComponent(id)}/read`, { reason: options.reason }),
      );
      if (options.json) return terminal.out(json(found));
      const style = styler(terminal);
      for (const [name, text] of Object.entries({ prompt: found.prompt, answer: found.answer }))
        if (text !== undefined) terminal.out(`${style('bold', name)}\n${lines(text)}\n`);
    });
}

/** What others wrote, line by line, with nothing in it that moves the cursor. */
function lines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
