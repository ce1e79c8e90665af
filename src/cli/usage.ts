import type { Command } from 'commander';
import { type Ask, withAdminApi } from './admin-client.ts';
import type { CommandContext } from './context.ts';
import { apiCommand, type CommonOptions } from './options.ts';
import { json, printable, table } from './output.ts';

interface UsageOptions extends CommonOptions {
  readonly by: string;
  readonly since: string;
  readonly until?: string;
  readonly csv?: boolean;
  readonly [filter: string]: unknown;
}

interface Group {
  readonly requests: number;
  readonly estimated: number;
  readonly unknown: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: string;
  readonly [dimension: string]: string | number;
}

interface Page {
  readonly by: readonly string[];
  readonly groups: readonly Group[];
  readonly complete: boolean;
  readonly next?: string;
}

const filters = ['team', 'key', 'role', 'route', 'operation', 'model'] as const;
const pageSize = 1000;

export function addUsage(program: Command, context: CommandContext): void {
  const command = apiCommand(program, 'usage')
    .description('what was used and what it cost, by team, model, day and so on')
    .option('--by <list>', 'any of day, month, team, key, role, route, operation, model', 'team,model,day')
    .option('--since <day>', 'the first UTC day: 2026-01-31, or 30d (ago)', '30d')
    .option('--until <day>', 'the last UTC day; default: today');
  for (const name of filters) command.option(`--${name} <name>`, `only of this ${name}`);
  command
    .option('--csv', 'as CSV (RFC 4180)')
    .addHelpText(
      'after',
      `
Examples:
  surety usage
  surety usage --by team,month --since 2026-01-01 --csv > costs.csv
  surety usage --by key,model --team research --since 7d --json

Costs are by the prices in force when each call ended. ESTIMATED: the service did not say what it used.
UNKNOWN: the end was lost in a crash; what the call had reserved is counted.
`,
    )
    .action(async (options: UsageOptions) => {
      await withAdminApi(context, options, (ask) => printUsage(ask, options, context));
    });
}

async function printUsage(ask: Ask, options: UsageOptions, { terminal }: CommandContext): Promise<void> {
  const { by, since, until } = options;
  const query = { by, since, until, ...Object.fromEntries(filters.map((name) => [name, options[name]])) };
  // Read only for --csv, which is written as the API writes it.
  const usageCsv = options.csv ? (await import('../serve/index.ts')).usageCsv : undefined;
  const groups: Group[] = [];
  let names: readonly string[] = [];
  let first = true;
  for (let cursor: string | undefined; first || cursor !== undefined; first = false) {
    const page: Page = await ask<Page>('GET', '/api/usage', { ...query, cursor, limit: pageSize });
    if (first && !page.complete) terminal.err('Some calls that have ended are not counted yet; ask again.\n');
    names = page.by;
    if (usageCsv) terminal.out(usageCsv(page, { head: first }));
    else if (options.json) for (const group of page.groups) terminal.out(json(group));
    else groups.push(...page.groups);
    cursor = page.next;
  }
  if (!options.csv && !options.json) terminal.out(render(names, groups));
}

function render(by: readonly string[], groups: readonly Group[]): string {
  if (groups.length === 0) return 'Nothing was used in this time.\n';
  const head = [
    ...by.map((name) => name.toUpperCase()),
    'REQUESTS',
    'INPUT',
    'OUTPUT',
    'COST USD',
    'ESTIMATED',
    'UNKNOWN',
  ];
  const rows = groups.map((group) => [
    ...by.map((name) => printable(String(group[name] ?? '')) || '-'),
    String(group.requests),
    String(group.inputTokens),
    String(group.outputTokens),
    group.costUsd,
    group.estimated === 0 ? '' : String(group.estimated),
    group.unknown === 0 ? '' : String(group.unknown),
  ]);
  return `${table([head, ...rows])}\n`;
}
