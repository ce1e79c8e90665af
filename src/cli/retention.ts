import type { Command } from 'commander';
import { withAdminApi } from './admin-client.ts';
import { type CommandContext, Exit } from './context.ts';
import { breakGlassOption, type CommonOptions, apiCommand } from './options.ts';
import { json, styler, table } from './output.ts';

interface ClassState {
  readonly name: string;
  readonly keptForDays?: number;
  readonly why?: string;
  readonly due: number;
  readonly overdue: number;
  readonly oldestAt?: string;
  readonly holds: readonly string[];
  readonly sweptAt?: string;
  readonly problem?: string;
}

interface Hold {
  readonly id: string;
  readonly scope: string;
  readonly matter: string;
  readonly heldBy: string;
  readonly heldAt: string;
  readonly releasedAt?: string;
}

export function addRetention(program: Command, context: CommandContext): void {
  const retention = program
    .command('retention')
    .description('how long what is kept stays; what is past its time; legal holds');
  addStatus(retention, context);
  addSweep(retention, context);
  addConfirmClock(retention, context);
  addHold(retention, context);
  addRelease(retention, context);
}

function addStatus(retention: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(retention, 'status')
    .description('every kind of thing the data folder holds, and when it goes')
    .addHelpText(
      'after',
      '\nExit code 1: something is overdue, or nothing is destroyed because the clock is far from the time last seen.\n',
    )
    .action(async (options: CommonOptions) => {
      const state = await withAdminApi(context, options, (ask) =>
        ask<{ classes: readonly ClassState[]; holds: readonly Hold[]; clock?: string }>(
          'GET',
          '/api/retention',
        ),
      );
      if (options.json) terminal.out(json(state));
      else terminal.out(renderState(state, context));
      if (state.clock !== undefined && !options.json)
        terminal.out(
          `Nothing is destroyed by its age: the clock is ${state.clock}. Check it; where it is right: surety retention confirm-clock\n`,
        );
      if (state.clock !== undefined) throw new Exit(1, '');
      const overdue = state.classes.filter((one) => one.overdue > 0);
      if (overdue.length === 0) return;
      throw new Exit(1, options.json ? '' : `Overdue: ${overdue.map(({ name }) => name).join(', ')}.`);
    });
}

function renderState(
  { classes, holds }: { classes: readonly ClassState[]; holds: readonly Hold[] },
  { terminal }: CommandContext,
): string {
  const style = styler(terminal);
  const rows = classes.map((one) => [
    one.name,
    one.keptForDays === undefined ? (one.why ?? '') : `${Math.round(one.keptForDays)} days`,
    one.keptForDays === undefined ? '' : String(one.due),
    one.keptForDays === undefined ? '' : String(one.overdue),
    one.holds.length > 0 ? 'held' : (one.problem ?? one.sweptAt?.slice(0, 16) ?? ''),
  ]);
  const held = holds
    .filter(({ releasedAt }) => releasedAt === undefined)
    .map(
      ({ id, scope, matter, heldBy, heldAt }) =>
        `${style('yellow', 'hold')} ${id} over ${scope} for ${matter}, by ${heldBy}, since ${heldAt.slice(0, 10)}\n`,
    );
  return `${table([['CLASS', 'KEPT', 'DUE', 'OVERDUE', 'SWEPT'], ...rows])}\n${held.join('')}`;
}

function addSweep(retention: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(retention, 'sweep')
    .description('destroy what is past its time and not held; a server does so four times an hour')
    .option('--dry-run', 'only say what would be destroyed')
    .option('--only <class>', 'one class, from surety retention status')
    .addHelpText('after', '\nExample:\n  surety retention sweep --dry-run\n')
    .action(async (options: CommonOptions & { dryRun?: boolean; only?: string }) => {
      const { dryRun = false, only } = options;
      const answer = await withAdminApi(context, options, (ask) =>
        ask<{ swept: readonly { name: string; count: number; held: boolean; problem?: string }[] }>(
          'POST',
          '/api/retention/sweep',
          { dryRun, only },
        ),
      );
      if (options.json) terminal.out(json(answer));
      else {
        const rows = answer.swept.map(({ name, count, held, problem }) => [
          name,
          String(count),
          held ? 'held' : (problem ?? ''),
        ]);
        terminal.out(`${table([['CLASS', dryRun ? 'WOULD GO' : 'GONE', ''], ...rows])}\n`);
      }
      if (answer.swept.some(({ problem }) => problem !== undefined))
        throw new Exit(2, options.json ? '' : 'Something could not be destroyed; the log says why.');
    });
}

function addConfirmClock(retention: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(retention, 'confirm-clock')
    .description(
      'the clock is right, though far from the time last seen: destroy again what is past its time; needs a second person',
    )
    .addOption(breakGlassOption())
    .addHelpText(
      'after',
      '\nExample:\n  surety retention confirm-clock\n\nExit code 1: it waits for another operator.\n',
    )
    .action(async (options: CommonOptions & { breakGlass?: string }) => {
      const answer = await withAdminApi(context, options, (ask) =>
        ask<{ confirmedAt: string }>('POST', '/api/retention/clock/confirm'),
      );
      terminal.out(options.json ? json(answer) : `The clock is taken as right: ${answer.confirmedAt}.\n`);
    });
}

function addHold(retention: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(retention, 'hold')
    .description('forbid, for a legal matter, that something is swept, pruned or erased')
    .argument('<scope>', 'everything, a class from surety retention status, or the id of a data subject')
    .requiredOption('--matter <name>', 'how the matter is called where its file is kept')
    .addHelpText(
      'after',
      '\nExamples:\n  surety retention hold captured --matter LIT-2026-17\n  surety retention hold subj_3fT… --matter LIT-2026-17\n',
    )
    .action(async (scope: string, options: CommonOptions & { matter: string }) => {
      const hold = await withAdminApi(context, options, (ask) =>
        ask<Hold>('POST', '/api/retention/holds', { scope, matter: options.matter }),
      );
      terminal.out(options.json ? json(hold) : `${hold.id} holds ${hold.scope} for ${hold.matter}.\n`);
    });
}

function addRelease(retention: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(retention, 'release')
    .description('end a legal hold; needs a second person')
    .argument('<id>', 'the id of the hold')
    .addOption(breakGlassOption())
    .action(async (id: string, options: CommonOptions & { breakGlass?: string }) => {
      const hold = await withAdminApi(context, options, (ask) =>
        ask<Hold>('POST', `/api/retention/holds/${encodeURIComponent(id)}/release`),
      );
      terminal.out(options.json ? json(hold) : `${hold.id} is released: ${hold.scope} may go.\n`);
    });
}
