import { setTimeout } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { type Ask, everyPage, withAdminApi } from './admin-client.ts';
import { type CommandContext, Exit } from './context.ts';
import { apiCommand, type CommonOptions } from './options.ts';
import { json, printable, styler, table } from './output.ts';
import { type Principal, type Proposal, renderPrincipal, renderProposal } from './review-texts.ts';

interface Review {
  readonly id: string;
  readonly state: string;
  readonly createdAt: string;
  readonly dueAt: string;
  readonly since: string;
  readonly until: string;
  readonly principals: number;
  readonly undecided: number;
  readonly waiting: number;
  readonly problems: readonly { readonly source: string; readonly detail: string }[];
}

export function addReviews(program: Command, context: CommandContext): void {
  const reviews = program
    .command('reviews')
    .description('access reviews: look at everybody who has access; keep, narrow or revoke');
  addCreate(reviews, context);
  addList(reviews, context);
  addShow(reviews, context);
  addDecide(reviews, context);
  addRefresh(reviews, context);
  addClose(reviews, context);
}

const pathOf = (id: string, ...more: readonly string[]): string =>
  ['/api/reviews', ...[id, ...more].map(encodeURIComponent)].join('/');

function printReview(review: Review, options: CommonOptions, { terminal }: CommandContext): void {
  if (options.json) return terminal.out(json(review));
  const { id, state, dueAt, principals, undecided, waiting, problems } = review;
  const style = styler(terminal);
  terminal.out(
    `${style('bold', id)} is ${state}: ${principals} principals, ${undecided} undecided, ${waiting} waiting; due ${dueAt.slice(0, 16)}\n`,
  );
  for (const { source, detail } of problems)
    terminal.out(`${style('red', 'not read in full')} ${source}: ${printable(detail)}\n`);
}

const noWaitOption = (): Option =>
  new Option('--no-wait', 'answer at once, while it is still gathered who has access and what each did');

const lookEveryMs = 250;

/** The review when everybody is in it. */
async function gathered(ask: Ask, review: Review, { wait }: { wait: boolean }): Promise<Review> {
  let found = review;
  while (wait && found.state === 'gathering') {
    await setTimeout(lookEveryMs);
    found = await ask<Review>('GET', pathOf(review.id));
  }
  return found;
}

function addCreate(reviews: Command, context: CommandContext): void {
  apiCommand(reviews, 'create')
    .description('begin a review: a snapshot of everybody who has access, and of what each did')
    .option('--since <time>', 'how far back history is looked at: 2026-01-31 or 90d (ago)')
    .addHelpText('after', '\nExample:\n  surety reviews create --since 90d\n')
    .addOption(noWaitOption())
    .action(async (options: CommonOptions & { since?: string; wait: boolean }) => {
      await withAdminApi(context, options, async (ask) => {
        const begun = await ask<Review>('POST', '/api/reviews', { since: options.since });
        printReview(await gathered(ask, begun, options), options, context);
      });
    });
}

function addList(reviews: Command, context: CommandContext): void {
  apiCommand(reviews, 'list')
    .description('all reviews, also closed ones')
    .action(async (options: CommonOptions) => {
      await withAdminApi(context, options, async (ask) => {
        const found: Review[] = [];
        for await (const review of everyPage<Review>(ask, '/api/reviews', 'reviews')) found.push(review);
        if (options.json) return context.terminal.out(json(found));
        if (found.length === 0)
          return context.terminal.err('There are no reviews yet; surety reviews create begins one.\n');
        const rows = found.map(
          ({ id, state, createdAt, dueAt, principals, undecided, waiting, problems }) => [
            id,
            state,
            createdAt.slice(0, 10),
            dueAt.slice(0, 10),
            String(principals),
            String(undecided),
            String(waiting),
            problems.length > 0 ? `${problems.length} not read` : '',
          ],
        );
        const head = ['ID', 'STATE', 'BEGUN', 'DUE', 'PRINCIPALS', 'UNDECIDED', 'WAITING', 'SOURCES'];
        context.terminal.out(`${table([head, ...rows])}\n`);
      });
    });
}

function addShow(reviews: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(reviews, 'show')
    .description(
      'a review; or one principal in it, with the least role it needed and what that would have refused',
    )
    .argument('<id>', 'the id of the review')
    .argument('[principal]', 'a key id, the pseudonym of a token, an operator id')
    .option('--role <role>', 'a role of the policy to try instead of the least one')
    .option('--undecided', 'only who is undecided')
    .addHelpText(
      'after',
      '\nExamples:\n  surety reviews show rev_3fT…\n  surety reviews show rev_3fT… key_8aB… --role intern\n',
    )
    .action(
      async (
        id: string,
        principal: string | undefined,
        options: CommonOptions & { role?: string; undecided?: boolean },
      ) => {
        await withAdminApi(context, options, async (ask) => {
          const review = await ask<Review>('GET', pathOf(id));
          const filter = new URLSearchParams({
            ...(principal !== undefined && { principal }),
            ...(options.undecided && { state: 'undecided' }),
          });
          const found: Principal[] = [];
          const list = `${pathOf(id, 'principals')}?${filter.toString()}`;
          for await (const one of everyPage<Principal>(ask, list, 'principals')) found.push(one);
          if (principal === undefined) {
            if (options.json) return terminal.out(json({ ...review, principals: found }));
            printReview(review, options, context);
            return terminal.out(renderPrincipals(found));
          }
          const [one] = found;
          if (!one) throw new Exit(1, 'The review has no principal of this id.');
          const isOpen = review.state !== 'closed' && (one.state === 'undecided' || one.state === 'waiting');
          // A key that made no call has no least role: it is shown without one.
          const proposal =
            one.kind === 'key' && isOpen && (one.calls > 0 || options.role !== undefined)
              ? await ask<Proposal>('POST', pathOf(id, 'principals', principal, 'proposal'), {
                  role: options.role,
                })
              : one.proposal;
          const shown = { ...one, ...(proposal && { proposal }) };
          if (options.json) return terminal.out(json(shown));
          terminal.out(renderPrincipal(shown, terminal));
          if (proposal) terminal.out(renderProposal(proposal, terminal));
        });
      },
    );
}

function renderPrincipals(principals: readonly Principal[]): string {
  if (principals.length === 0) return 'Nobody.\n';
  const head = ['PRINCIPAL', 'NAME', 'ROLE', 'TEAM', 'CALLS', 'DENIED', 'LAST USED', 'FLAGS', 'DECISION'];
  const rows = principals.map((one) =>
    [
      one.id,
      one.name ?? '-',
      one.roles.join(',') || '-',
      one.team ?? '-',
      String(one.calls),
      String(one.denied),
      one.lastAt?.slice(0, 16) ?? 'never',
      one.flags.map(({ flag }) => flag).join(',') || '-',
      one.decision === undefined
        ? one.state
        : `${one.decision}${one.state === 'waiting' ? ' (waiting)' : ''}`,
    ].map(printable),
  );
  return `${table([head, ...rows])}\n`;
}

interface DecideOptions extends CommonOptions {
  readonly keep?: boolean;
  readonly narrow?: boolean;
  readonly revoke?: boolean;
  readonly role?: string;
  readonly reason: string;
}

function addDecide(reviews: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(reviews, 'decide')
    .description('keep, narrow or revoke the access of one principal, at once')
    .argument('<id>', 'the id of the review')
    .argument('<principal>', 'whose access')
    .option('--keep', 'it stays as it is')
    .option('--narrow', 'to the role that surety reviews show has shown')
    .option('--revoke', 'it ends')
    .option('--role <role>', 'with --narrow: the role, to be sure that it is the one shown')
    .requiredOption('--reason <text>', 'why; it stays in the record and stands in no entry')
    .addHelpText(
      'after',
      `
Examples:
  surety reviews decide rev_3fT… key_8aB… --keep --reason "in daily use by the chat backend"
  surety reviews show rev_3fT… key_9cD… --role intern
  surety reviews decide rev_3fT… key_9cD… --narrow --role intern --reason "needs the small model only"
  surety reviews decide rev_3fT… key_1eF… --revoke --reason "its owner left"
`,
    )
    .action(async (id: string, principal: string, options: DecideOptions) => {
      const chosen = (['keep', 'narrow', 'revoke'] as const).filter((decision) => options[decision]);
      if (chosen.length !== 1) throw new Exit(2, 'Say one of --keep, --narrow and --revoke.');
      const { role, reason } = options;
      await withAdminApi(context, options, async (ask) => {
        const decided = await ask<Principal>('POST', pathOf(id, 'principals', principal, 'decision'), {
          decision: chosen[0],
          role,
          reason,
        });
        if (options.json) return terminal.out(json(decided));
        if (decided.state !== 'waiting')
          return terminal.out(`${decided.id}: ${decided.decision}, carried out.\n`);
        terminal.out(
          `${decided.id}: ${decided.decision} to ${decided.targetRole}, which the policy does not have yet. Add:\n\n`,
        );
        terminal.out(`${decided.proposal?.yaml ?? ''}\n`);
        terminal.out('The key is moved when the policy is loaded; until then the review stays open.\n');
      });
    });
}

function addRefresh(reviews: Command, context: CommandContext): void {
  apiCommand(reviews, 'refresh')
    .description('read the sources again: new snapshots of who is undecided, and new keys')
    .argument('<id>', 'the id of the review')
    .option('--since <time>', 'another beginning, to leave out a time that cannot be read')
    .addOption(noWaitOption())
    .addHelpText('after', '\nExample:\n  surety reviews refresh rev_3fT… --since 2026-02-01\n')
    .action(async (id: string, options: CommonOptions & { since?: string; wait: boolean }) => {
      await withAdminApi(context, options, async (ask) => {
        const begun = await ask<Review>('POST', pathOf(id, 'refresh'), { since: options.since });
        printReview(await gathered(ask, begun, options), options, context);
      });
    });
}

function addClose(reviews: Command, context: CommandContext): void {
  apiCommand(reviews, 'close')
    .description('close a review in which everything is decided and every source was read')
    .argument('<id>', 'the id of the review')
    .addHelpText(
      'after',
      '\nExample:\n  surety reviews close rev_3fT…\n\nExit code 2: something is undecided.\n',
    )
    .action(async (id: string, options: CommonOptions) => {
      await withAdminApi(context, options, async (ask) => {
        printReview(await ask<Review>('POST', pathOf(id, 'close')), options, context);
      });
    });
}
