import { Argument, type Command, Option } from 'commander';
import { caseKinds, identityChecks, lawNames, refusalGrounds } from '../enforce/privacy/index.ts';
import { everyPage, withAdminApi } from './admin-client.ts';
import { type CommandContext, Exit } from './context.ts';
import { type CommonOptions, apiCommand } from './options.ts';
import { json, printable, styler, table } from './output.ts';
import { readName, subjectText } from './subject-naming.ts';

interface SubjectCase {
  readonly id: string;
  readonly subject: string;
  readonly name?: string;
  readonly kind: string;
  readonly law: string;
  readonly state: string;
  readonly receivedAt: string;
  readonly dueAt: string;
  readonly overdue: boolean;
  readonly verified?: { readonly at: string; readonly by: string; readonly how: string };
  readonly extended?: { readonly at: string; readonly by: string };
  readonly ended?: { readonly at: string; readonly by: string };
  readonly ground?: string;
  readonly articles: Readonly<Record<string, string | undefined>>;
  readonly words?: Readonly<Record<string, string>>;
}

export function addCases(program: Command, context: CommandContext): void {
  const cases = program
    .command('cases')
    .description(
      'requests of data subjects: access, portability, deletion, correction; with the times the law sets',
    );
  addCreate(cases, context);
  addList(cases, context);
  addShow(cases, context);
  addVerify(cases, context);
  addExtend(cases, context);
  addRefuse(cases, context);
  addComplete(cases, context);
  addWithdraw(cases, context);
}

const pathOf = (id: string, act = ''): string => `/api/cases/${encodeURIComponent(id)}${act}`;

function print(one: SubjectCase, options: CommonOptions, { terminal }: CommandContext): void {
  if (options.json) return terminal.out(json(one));
  const style = styler(terminal);
  const { articles } = one;
  const late = one.overdue ? style('red', ' overdue') : '';
  const lines = [
    `${style('bold', one.id)} ${one.kind} (${one.law}, ${articles['right']}) is ${one.state}, due ${one.dueAt.slice(0, 10)} (${articles['deadline']})${late}`,
    `  subject ${one.subject}${one.name === undefined ? '' : ` ${printable(one.name)}`}, received ${one.receivedAt.slice(0, 10)}`,
    one.verified
      ? `  identity checked by ${one.verified.how}, ${one.verified.by}, ${one.verified.at.slice(0, 10)}`
      : `  identity not checked yet (${articles['identity']})`,
  ];
  if (one.extended) lines.push(`  extended ${one.extended.at.slice(0, 10)} by ${one.extended.by}`);
  if (one.ground !== undefined) lines.push(`  refused: ${one.ground} (${articles['ground']})`);
  if (one.ended) lines.push(`  ended ${one.ended.at.slice(0, 10)} by ${one.ended.by}`);
  for (const [what, text] of Object.entries(one.words ?? {})) lines.push(`  ${what}: ${printable(text)}`);
  terminal.out(`${lines.join('\n')}\n`);
}

function addCreate(cases: Command, context: CommandContext): void {
  apiCommand(cases, 'create')
    .description('open a case')
    .requiredOption('--subject <name>', subjectText)
    .option('--team <team>', 'whose callers, where the policy keeps teams apart')
    .addOption(new Option('--kind <kind>', 'what is asked for').choices(caseKinds).makeOptionMandatory())
    .addOption(new Option('--law <law>', 'which sets the time').choices(lawNames).makeOptionMandatory())
    .option('--received <time>', 'when the request came: 2026-01-31; default: now')
    .addHelpText(
      'after',
      '\nExample:\n  surety cases create --subject user-4711 --kind deletion --law gdpr --received 2026-01-30\n',
    )
    .action(
      async (
        options: CommonOptions & {
          subject: string;
          team?: string;
          kind: string;
          law: string;
          received?: string;
        },
      ) => {
        const { team, kind, law, received } = options;
        const subject = await readName(options.subject, context);
        await withAdminApi(context, options, async (ask) =>
          print(
            await ask<SubjectCase>('POST', '/api/cases', { subject, team, kind, law, received }),
            options,
            context,
          ),
        );
      },
    );
}

function addList(cases: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(cases, 'list')
    .description('cases that are open')
    .option('--all', 'those that have ended, too')
    .action(async (options: CommonOptions & { all?: boolean }) => {
      await withAdminApi(context, options, async (ask) => {
        const every = await Array.fromAsync(everyPage<SubjectCase>(ask, '/api/cases', 'cases'));
        const found = every.filter(({ ended }) => options.all || !ended);
        if (options.json) return terminal.out(json(found));
        if (found.length === 0) return terminal.err('There is no open case.\n');
        const rows = found.map((one) => [
          one.id,
          one.kind,
          one.law,
          one.state,
          one.dueAt.slice(0, 10),
          one.overdue ? 'overdue' : '',
        ]);
        terminal.out(`${table([['ID', 'KIND', 'LAW', 'STATE', 'DUE', ''], ...rows])}\n`);
      });
    });
}

const caseArgument = () => new Argument('<id>', 'the id of the case, from surety cases list');

function addShow(cases: Command, context: CommandContext): void {
  apiCommand(cases, 'show')
    .description('one case, with what was written in it')
    .addArgument(caseArgument())
    .action(async (id: string, options: CommonOptions) => {
      await withAdminApi(context, options, async (ask) =>
        print(await ask<SubjectCase>('GET', pathOf(id)), options, context),
      );
    });
}

/** Does one thing to a case, and shows it as it is then. */
async function doTo(
  context: CommandContext,
  options: CommonOptions,
  asked: { path: string; input: Readonly<Record<string, unknown>> },
): Promise<void> {
  await withAdminApi(context, options, async (ask) =>
    print(await ask<SubjectCase>('POST', asked.path, asked.input), options, context),
  );
}

function addVerify(cases: Command, context: CommandContext): void {
  apiCommand(cases, 'verify')
    .description('note how it was checked that the request is from who it says')
    .addArgument(caseArgument())
    .addOption(new Option('--how <how>', 'by what').choices(identityChecks).makeOptionMandatory())
    .option('--note <text>', 'sealed under the key of the subject, and gone with it')
    .action(async (id: string, options: CommonOptions & { how: string; note?: string }) =>
      doTo(context, options, {
        path: pathOf(id, '/verify'),
        input: { how: options.how, note: options.note },
      }),
    );
}

interface Told extends CommonOptions {
  readonly reason: string;
  readonly told?: boolean;
}

function requireTold({ told }: Told): void {
  if (told) return;
  throw new Exit(2, 'Tell the subject first, with the reasons, as the law asks; then say --told.');
}

function addExtend(cases: Command, context: CommandContext): void {
  apiCommand(cases, 'extend')
    .description('take the longer time the law allows: GDPR two more months, CCPA 45 more days; once')
    .addArgument(caseArgument())
    .requiredOption('--reason <text>', 'why, as the subject was told')
    .option('--told', 'the subject was told')
    .action(async (id: string, options: Told) => {
      requireTold(options);
      await doTo(context, options, {
        path: pathOf(id, '/extend'),
        input: { reason: options.reason, told: true },
      });
    });
}

function addRefuse(cases: Command, context: CommandContext): void {
  apiCommand(cases, 'refuse')
    .description('refuse a request, on a ground the law has')
    .addArgument(caseArgument())
    .addOption(new Option('--ground <ground>', 'the ground').choices(refusalGrounds).makeOptionMandatory())
    .requiredOption('--reason <text>', 'why, as the subject was told')
    .option('--told', 'the subject was told')
    .action(async (id: string, options: Told & { ground: string }) => {
      requireTold(options);
      const { ground, reason } = options;
      await doTo(context, options, { path: pathOf(id, '/refuse'), input: { ground, reason, told: true } });
    });
}

function addComplete(cases: Command, context: CommandContext): void {
  apiCommand(cases, 'complete')
    .description('end a case that was answered; a deletion is answered by surety subjects erase --case')
    .addArgument(caseArgument())
    .option('--note <text>', 'what was done')
    .action(async (id: string, options: CommonOptions & { note?: string }) =>
      doTo(context, options, { path: pathOf(id, '/complete'), input: { note: options.note } }),
    );
}

function addWithdraw(cases: Command, context: CommandContext): void {
  apiCommand(cases, 'withdraw')
    .description('end a case whose request the subject took back')
    .addArgument(caseArgument())
    .action(async (id: string, options: CommonOptions) =>
      doTo(context, options, { path: pathOf(id, '/withdraw'), input: {} }),
    );
}
