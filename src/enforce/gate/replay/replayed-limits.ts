import type { Entry } from '../../../record/index.ts';
import {
  createReplayedLimits,
  type LimitSet,
  type ReplayedLimits,
  type ReplayedVerdict,
} from '../../limits/index.ts';
import type { GateSnapshot } from '../snapshot/snapshot.ts';
import { subjectsOf } from '../steps/limit.ts';
import type { TokenUsage } from '../wire/wire.ts';
import type { CalledAs } from './judge.ts';
import { textOf } from './recorded-call.ts';

/** The limits of a candidate, asked for recorded calls. */
export interface LimitReplay extends Pick<ReplayedLimits, 'beginning' | 'missing' | 'restarted' | 'flush'> {
  /** Concludes at once where no limit counts the call, else when no end of another call can change it. */
  ask(asked: AskedOf): void;
  /** An entry of a call's end. */
  ended(entry: Entry): void;
}

interface AskedOf {
  readonly entry: Entry;
  /** How many calls it tells of. */
  readonly calls: number;
  readonly as: CalledAs;
  /** The policy the call was recorded under; undefined where that does not matter. */
  readonly past: GateSnapshot;
  readonly wasAllowed: boolean;
  conclude(verdict: ReplayedVerdict): void;
}

const hourMs = 3_600_000;
const fits: ReplayedVerdict = { fits: true, certain: true };

/** Undefined where the policy limits nobody but addresses. */
export function createLimitReplay(candidate: GateSnapshot): LimitReplay | undefined {
  const sets = setsOf(candidate);
  if (sets.length === 0) return undefined;
  const limits = createReplayedLimits({ sets, longestCallMs: longestCallMs(candidate) });

  return {
    beginning: limits.beginning,
    missing: limits.missing,
    restarted: limits.restarted,
    flush: limits.flush,
    ask({ entry, calls, as, past, wasAllowed, conclude }) {
      const id = entry.actor ?? as.caller;
      const caller = { kind: as.caller, limitsId: id, team: textOf(entry, 'team') };
      const subjects = subjectsOf({ caller, role: as.role, route: as.route, snapshot: candidate });
      if (subjects.length === 0) return conclude(fits);
      if (calls > 1) {
        // The times of calls recorded together are not known, and one may fit where all do not.
        limits.missing(Date.parse(entry.at), id);
        return conclude({ fits: true, certain: false });
      }
      limits.ask({
        id: entry.id,
        caller: id,
        atMs: Date.parse(entry.at),
        subjects,
        ...estimateOf({ entry, model: as.model, past, candidate }),
        wasAdmitted: wasAllowed,
        // An observed route records what it would have refused, and lets it through.
        conclude: as.route.observe ? () => conclude(fits) : conclude,
      });
    },
    ended(entry) {
      const { at, detail = {} } = entry;
      const decision = detail['decision'];
      if (typeof decision !== 'string') return;
      const usage = usageOf(detail);
      limits.ended(decision, Date.parse(at), {
        tokens: usage.input + usage.output,
        costNanoUsd: candidate.costOfNamed(textOf(entry, 'model'), usage),
      });
    },
  };
}

function setsOf(candidate: GateSnapshot): readonly LimitSet[] {
  const { roles, teams, routes } = candidate;
  const found = [
    ...roles.names.flatMap((role) => [candidate.keyLimitsOf(role), candidate.sharedLimitsOf(role)]),
    ...teams.names.map((team) => candidate.teamLimitsOf(team)?.limits),
    ...routes.map(({ limits }) => limits?.limits),
  ];
  return found.filter((set) => set !== undefined);
}

function longestCallMs({ policy: { gate } }: GateSnapshot): number {
  const totals = [...Object.values(gate.upstreams), ...gate.routes].map(({ deadlines }) => deadlines.total);
  return Math.max(hourMs, ...totals);
}

interface Estimating {
  readonly entry: Entry;
  readonly model: string | undefined;
  readonly past: GateSnapshot;
  readonly candidate: GateSnapshot;
}

/**
 * What the gateway would have reserved, or the least that can have been. A call whose caller named no maximum got the default of its policy or what its budgets
 * had left; older entries do not tell that from having asked for just as much.
 */
function estimateOf({ entry, model, past, candidate }: Estimating) {
  const { promptTokens, likelyTokens = promptTokens, outputTokens, outputAsked } = entry.detail ?? {};
  if (
    typeof promptTokens !== 'number' ||
    typeof likelyTokens !== 'number' ||
    typeof outputTokens !== 'number'
  )
    return { tokens: 0, costNanoUsd: 0, estimateKnown: false };
  const defaults = [past.defaultOutputOf(model), candidate.defaultOutputOf(model)];
  const byDefault = outputAsked === undefined ? outputTokens === defaults[0] : outputAsked === false;
  const output = byDefault ? Math.min(outputTokens, ...defaults) : outputTokens;
  return {
    tokens: promptTokens + output,
    costNanoUsd: candidate.costOfNamed(model, { input: promptTokens, output }),
    likelyTokens: likelyTokens + output,
    likelyCostNanoUsd: candidate.costOfNamed(model, { input: likelyTokens, output }),
    estimateKnown: !byDefault || (outputTokens === defaults[0] && defaults[0] === defaults[1]),
  };
}

function usageOf(detail: NonNullable<Entry['detail']>): TokenUsage {
  const count = (name: string): number => {
    const value = detail[name];
    return typeof value === 'number' && value >= 0 ? value : 0;
  };
  return {
    input: count('inputTokens'),
    cachedInput: count('cachedInputTokens'),
    output: count('outputTokens'),
    reasoning: count('reasoningTokens'),
  };
}
