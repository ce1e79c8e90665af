import { asFault, formatDuration } from '../../../kernel/index.ts';
import type { Entry, Ledger } from '../../../record/index.ts';
import type { PrincipalKind, PrincipalUse, SourceProblem, UsedCall } from './review.ts';

const mostPrincipals = 20_000;
const mostUsedCalls = 500;
const mostNetworks = 64;
const mostActions = 64;
const mostGaps = 20;
/** Turns of the event loop in between, so that a campaign holds up no call for long. */
const entriesPerTurn = 64;

export interface Span {
  readonly since: number;
  readonly until: number;
}

/** What was found of one principal. Roles and team are those of its last call. */
export interface Found {
  readonly kind: PrincipalKind;
  readonly roles: readonly string[];
  readonly team: string | undefined;
  readonly use: PrincipalUse;
}

export interface Gathered {
  readonly found: ReadonlyMap<string, Found>;
  readonly problems: readonly SourceProblem[];
}

export const unusedAtAll: PrincipalUse = {
  calls: 0,
  denied: 0,
  firstAt: undefined,
  lastAt: undefined,
  lastDeniedAt: undefined,
  networks: 0,
  used: [],
  truncated: false,
  actions: {},
};

/**
 * Reads a span of the ledger into what each principal did, in bounded memory. Whatever the ledger could not tell is a problem of the campaign:
 * a review of a history with holes is not a review.
 */
export async function gatherUse(
  ledger: Pick<Ledger, 'search'>,
  { since, until }: Span,
  signal: AbortSignal,
): Promise<Gathered> {
  const principals = new Map<string, ReturnType<typeof createUse>>();
  const problems: SourceProblem[] = [];
  const problem = (kind: SourceProblem['kind'], detail: string): void =>
    void problems.push({ source: 'ledger', kind, detail });
  let seen = 0;
  let gaps = 0;
  try {
    const pruned = await prunedUntil(ledger, since);
    if (pruned !== undefined) problem('pruned', `Entries before ${pruned} were pruned.`);
    for await (const { entry } of ledger.search({ since, until, order: 'oldest' })) {
      signal.throwIfAborted();
      seen += 1;
      if (seen % entriesPerTurn === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      if (entry.kind === 'ledger.gap' && (gaps += 1) <= mostGaps) problem('gap', gapText(entry));
      const kind = kindOf(entry);
      if (kind === undefined || entry.actor === undefined) continue;
      const known = principals.get(entry.actor);
      if (!known && principals.size >= mostPrincipals) {
        problem('too-many', `There are more than ${mostPrincipals} principals; choose a shorter time.`);
        break;
      }
      const use = known ?? createUse(kind);
      principals.set(entry.actor, use);
      use.add(entry);
    }
  } catch (thrown) {
    signal.throwIfAborted();
    const { code, detail = '' } = asFault(thrown);
    problem('unreadable', `It could not be read to the end (${code}). ${detail}`.trim());
  }
  return { found: new Map([...principals].map(([id, use]) => [id, use.found()])), problems };
}

/** When the first entry there is happened, where it is not the first there was. */
async function prunedUntil(ledger: Pick<Ledger, 'search'>, since: number): Promise<string | undefined> {
  for await (const { index, entry } of ledger.search({ order: 'oldest', limit: 1 }))
    return index > 0 && Date.parse(entry.at) > since ? entry.at : undefined;
  return undefined;
}

function gapText({ at, detail = {} }: Entry): string {
  const [from, to] = [Date.parse(text(detail['from'])), Date.parse(text(detail['to']))];
  const length = to > from ? ` for ${formatDuration(to - from)}` : '';
  return `It could not record until ${at}${length}: ${typeof detail['refused'] === 'number' ? detail['refused'] : 'some'} entries were refused.`;
}

function kindOf({ kind, actor }: Entry): PrincipalKind | undefined {
  if (actor === undefined || actor === 'public' || actor === 'system') return undefined;
  if (kind === 'call.decided' || kind === 'call.denied') return actor.startsWith('key_') ? 'key' : 'token';
  if (kind === 'call.finished') return undefined;
  return actor.startsWith('opr_') ? 'operator' : undefined;
}

function createUse(kind: PrincipalKind) {
  const used = new Map<string, UsedCall>();
  const networks = new Set<string>();
  const actions = new Map<string, number>();
  const counts = { calls: 0, denied: 0 };
  const times: { firstAt?: string; lastAt?: string; lastDeniedAt?: string } = {};
  let truncated = false;
  let roles: readonly string[] = [];
  let team: string | undefined;

  function addCall(entry: Entry): void {
    counts.calls += 1;
    times.firstAt ??= entry.at;
    times.lastAt = entry.at;
    const { route, operation, model } = entry.detail ?? {};
    const call = {
      policy: entry.policy ?? '',
      route: text(route),
      operation: text(operation),
      model: text(model),
    };
    const key = JSON.stringify(call);
    const known = used.get(key);
    if (known || used.size < mostUsedCalls)
      used.set(key, { ...call, calls: (known?.calls ?? 0) + 1, lastAt: entry.at });
    else truncated = true;
  }

  return {
    add(entry: Entry): void {
      const { detail = {}, at } = entry;
      if (kind === 'operator') {
        if (actions.has(entry.kind) || actions.size < mostActions)
          actions.set(entry.kind, (actions.get(entry.kind) ?? 0) + 1);
        times.firstAt ??= at;
        times.lastAt = at;
        return;
      }
      const network = text(detail['network']);
      if (network !== '' && networks.size < mostNetworks) networks.add(network);
      roles = rolesOf(entry) ?? roles;
      team = text(detail['team']) || undefined;
      if (entry.kind === 'call.decided') return addCall(entry);
      const count = detail['count'];
      counts.denied += typeof count === 'number' ? count : 1;
      times.lastDeniedAt = at;
    },
    found: (): Found => ({
      kind,
      roles,
      team,
      use: {
        ...unusedAtAll,
        ...counts,
        ...times,
        networks: networks.size,
        used: [...used.values()].toSorted((a, b) => b.calls - a.calls),
        truncated,
        actions: Object.fromEntries(actions),
      },
    }),
  };
}

function rolesOf({ detail = {} }: Entry): readonly string[] | undefined {
  const { roles, role } = detail;
  if (Array.isArray(roles)) return roles.filter((item) => typeof item === 'string');
  return typeof role === 'string' ? [role] : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
