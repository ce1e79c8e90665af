import { readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import type { ReplayCounts, ReplayGroup } from '../enforce/gate/index.ts';
import { parseDuration } from '../kernel/index.ts';
import { type Ask, withAdminApi } from './admin-client.ts';
import { type CommandContext, Exit } from './context.ts';
import { apiCommand, type CommonOptions } from './options.ts';
import { json, printable, styler, table } from './output.ts';
import { createProgress } from './progress.ts';

interface ReplayOptions extends CommonOptions {
  readonly since: string;
  readonly until?: string;
}

interface Page extends ReplayCounts {
  readonly candidateDigest: string;
  readonly inForceDigest: string;
  readonly pruned: boolean;
  readonly firstAt?: string;
  readonly size: number;
  readonly at?: number;
  readonly next?: string;
}

interface Named {
  readonly name: string;
  readonly means?: string;
  readonly calls: number;
  readonly examples: readonly string[];
}

interface Replay extends ReplayCounts {
  readonly candidateDigest: string;
  readonly inForceDigest: string;
  readonly pruned: boolean;
  readonly firstAt: string | undefined;
  readonly sentences: ReadonlyMap<string, string>;
}

/** What a request to the admin API can hold. */
const largestPolicyBytes = 240_000;
const groupsShown = 20;

export function addReplay(policy: Command, context: CommandContext): void {
  apiCommand(policy, 'replay')
    .description(
      'run recorded decisions and refusals through a candidate policy: what would change, for whom',
    )
    .argument('<candidate>', 'the policy to try')
    .option('--since <time>', '2026-01-31, 2026-01-31T12:00:00Z, or 7d (ago)', '7d')
    .option('--until <time>', 'likewise; default: now')
    .addHelpText(
      'after',
      `
Examples:
  surety policy replay candidate.yaml --since 7d
  surety policy replay candidate.yaml --since 2026-01-01 --until 2026-02-01 --json | jq '.newlyRefused[]'

Limits are asked at the recorded times, for what the calls are recorded to have used; calls are taken as they came, whatever a refusal would
have made of those after it. What cannot be decided from the record is counted and named; it is never taken for allowed.
Exit code 1: something is newly refused. 2: it could not run.
`,
    )
    .action(async (file: string, options: ReplayOptions) => {
      const candidate = readCandidate(file);
      const replay = await withAdminApi(context, options, (ask) =>
        replayAll(
          ask,
          { candidate, file: file.slice(-200), since: options.since, until: options.until },
          context,
        ),
      );
      const { sentences: _sentences, ...counts } = replay;
      context.terminal.out(
        options.json ? json({ ...counts, limitsReplayed: true }) : render(replay, context),
      );
      if (refusedIn(replay) > 0) throw new Exit(1, '');
    });
}

function readCandidate(file: string): string {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new Exit(2, `There is no file ${file}.`);
  if (size > largestPolicyBytes) throw new Exit(2, `${file} is larger than any policy.`);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Exit(2, `${file} cannot be read.`);
  }
}

function refusedIn({ newlyRefused, furtherRefused }: ReplayCounts): number {
  return newlyRefused.reduce((sum, { calls }) => sum + calls, furtherRefused);
}

/** Page by page, so that neither side holds more than a page; the span is fixed first, so that no page sees another. */
async function replayAll(
  ask: Ask,
  request: { candidate: string; file: string; since: string; until: string | undefined },
  { terminal }: CommandContext,
): Promise<Replay> {
  // Read when it is needed: the other commands on a policy start in half the time without the gate.
  const { addReplays } = await import('../enforce/gate/index.ts');
  const progress = createProgress(terminal);
  const sentences = new Map<string, string>();
  let counts: ReplayCounts | undefined;
  let first: Page | undefined;
  let firstAt: string | undefined;
  const fixed = { ...request, ...fixSpan(request.since, request.until) };
  for (let cursor: string | undefined; ; ) {
    const page = await ask<Page>('POST', '/api/policy/replay', { ...fixed, cursor });
    first ??= page;
    firstAt ??= page.firstAt;
    for (const { name, means = name } of [...page.notReplayed, ...page.notJudged] as readonly Named[])
      sentences.set(name, means);
    counts = addReplays(counts ? [counts, page] : [page]);
    progress.show(page.at ?? page.size, page.size);
    if (page.next === undefined) break;
    cursor = page.next;
  }
  progress.end();
  const { candidateDigest, inForceDigest, pruned } = first;
  return { candidateDigest, inForceDigest, pruned, firstAt, sentences, ...counts };
}

/** "7d" means another moment on each page; a time ago is turned into a time once. */
function fixSpan(since: string, until: string | undefined): { since: string; until: string } {
  const now = Date.now();
  return {
    since: fixMoment(since, now),
    until: until === undefined ? new Date(now).toISOString() : fixMoment(until, now),
  };
}

function fixMoment(text: string, now: number): string {
  const ago = parseDuration(text);
  return ago === undefined ? text : new Date(now - ago).toISOString();
}

function render(replay: Replay, context: CommandContext): string {
  const { terminal } = context;
  const style = styler(terminal);
  const { calls, entries, stillAllowed, stillRefused, newlyRefused, newlyAllowed } = replay;
  const refused = refusedIn(replay);
  const allowed = newlyAllowed.reduce((sum, group) => sum + group.calls, replay.furtherAllowed);
  const lines = [
    `${calls} calls in ${entries} entries${replay.firstAt === undefined ? '' : `, from ${replay.firstAt}`}`,
    `candidate ${replay.candidateDigest}`,
    `in force  ${replay.inForceDigest}`,
    '',
    style(refused > 0 ? 'red' : 'green', `newly refused   ${refused}`),
    ...renderGroups(newlyRefused, replay.furtherRefused),
    style(allowed > 0 ? 'yellow' : 'green', `newly allowed   ${allowed}`),
    ...renderGroups(newlyAllowed, replay.furtherAllowed),
    `still allowed   ${stillAllowed}`,
    `still refused   ${stillRefused}`,
    ...renderNamed('not replayed', replay.notReplayed, replay.sentences),
    ...renderNamed('allowed, but not judged in part', replay.notJudged, replay.sentences),
    '',
    ...(replay.pruned ? ['The ledger no longer has the beginning of this time: entries were pruned.'] : []),
    ...(replay.unrecorded > 0
      ? [`The ledger has gaps in this time: ${replay.unrecorded} calls were refused unrecorded.`]
      : []),
    '',
  ];
  return lines.join('\n');
}

function renderGroups(groups: readonly ReplayGroup[], further: number): string[] {
  if (groups.length === 0) return [];
  const head = ['CALLS', 'PRINCIPAL', 'ROLE', 'ROUTE', 'OPERATION', 'MODEL', 'REASON', 'EXAMPLE'];
  const rows = groups
    .slice(0, groupsShown)
    .map(({ calls, principal = '-', roles, route = '-', operation = '-', model = '-', ...why }) =>
      [
        String(calls),
        principal,
        roles.join(',') || '-',
        route,
        operation,
        model,
        why.limit === undefined ? why.reason : `${why.reason} (${why.limit})`,
        why.examples[0] ?? '',
      ].map(printable),
    );
  const left = groups.slice(groupsShown);
  const more = left.reduce((sum, { calls }) => sum + calls, further);
  const text = table([head, ...rows])
    .split('\n')
    .map((line) => `  ${line}`);
  return more > 0
    ? [...text, `  … and ${more} calls in ${left.length} more groups; --json lists them`]
    : text;
}

function renderNamed(
  title: string,
  counted: readonly Named[],
  sentences: ReadonlyMap<string, string>,
): string[] {
  if (counted.length === 0) return [];
  const rows = counted.map(({ name, calls, examples }) => [
    `  ${calls}`,
    sentences.get(name) ?? name,
    examples[0] ?? '',
  ]);
  return [title, table(rows)];
}
