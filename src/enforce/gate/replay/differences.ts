import type { GateSnapshot } from '../snapshot/snapshot.ts';
import type { Unjudged } from './unreplayable.ts';

/** In what a candidate differs from the policy of then, where the record alone cannot tell what that means for a call. */
export interface Differences {
  readonly addresses: boolean;
  /** Which paths and operations are served at all. */
  readonly routes: boolean;
  readonly largerBodies: boolean;
  /** What is looked for in calls, and which service may see it. */
  readonly data: boolean;
  readonly unjudged: readonly Unjudged[];
}

export function differences(then: GateSnapshot, candidate: GateSnapshot): Differences {
  const differ = (read: (snapshot: GateSnapshot) => unknown): boolean =>
    text(read(then)) !== text(read(candidate));
  const addresses = differ(({ policy }) => policy.gate.addresses);
  const unjudged: Unjudged[] = [];
  if (differ(({ policy }) => policy.limits.address)) unjudged.push('address-limits');
  if (addresses) unjudged.push('addresses');
  if (differ(credentialsOf)) unjudged.push('credentials');
  const data = differ(dataOf);
  if (data) unjudged.push('data');
  if (candidate.bounds.depth < then.bounds.depth) unjudged.push('bodies');
  return {
    addresses,
    routes: differ(({ routes }) => routes.map(({ pattern, wire }) => `${pattern.text} ${wire.name}`).sort()),
    largerBodies: candidate.bounds.body > then.bounds.body,
    data,
    unjudged,
  };
}

/** What calls are searched for, and the ceilings; also which services a route leads to, since they differ in theirs. */
function dataOf({ policy, data }: GateSnapshot) {
  if (!data) return undefined;
  const { classes, detect, regions, detectors, confidence, ceiling, above, unread } = policy.data ?? {};
  return {
    section: { classes, detect, regions, detectors, confidence, ceiling, above, unread },
    upstreams: Object.entries(policy.gate.upstreams).map(([name, upstream]) => [name, upstream.ceiling]),
    routes: policy.gate.routes.map((route) => [route.match, route.ceiling, route.above, route.models]),
  };
}

/** How callers are identified: everything of the section but what is replayed (roles, teams) and what is no caller's matter (keys, reviews, operators). */
function credentialsOf({ policy }: GateSnapshot) {
  const {
    roles: _roles,
    teams: _teams,
    keys: _keys,
    reviews: _reviews,
    operators: _operators,
    ...rest
  } = policy.identity;
  return rest;
}

/** Values of policies are plain, and the same text gives the same order. */
function text(value: unknown): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, item]) => [name, sorted(item)]);
}
