import {
  canonicalAddress,
  compileAddressRanges,
  createPathMatcher,
  findModelPattern,
} from '../../../policy/index.ts';
import { compileRoles, compileTeams, type Roles, type Teams } from '../../identity/index.ts';
import { isUnlimited, type LimitSet, type LimitSubject, mergeLimitSets } from '../../limits/index.ts';
import type { GatePolicy, GateSection } from '../section.ts';
import { compileData, type DataRules } from './data.ts';
import { type CallPrices, createCallPrices, createModelNames, type PricedCall } from './prices.ts';
import { compileRoute, type Route } from './routes.ts';

/** A policy made ready for the hot path. Immutable: a reload makes a new one and swaps one reference. */
export interface GateSnapshot extends CallPrices {
  /** The digest of the policy, named by every entry made under it. */
  readonly digest: string;
  readonly policy: GatePolicy;
  readonly bounds: GateSection['bounds'];
  readonly deadlines: GateSection['deadlines'];
  readonly retries: GateSection['retries'];
  readonly routes: readonly Route[];
  findRoute(path: string): Route | undefined;
  readonly roles: Roles;
  readonly teams: Teams;
  addressAllowed(address: string): boolean;
  /** Whether `X-Forwarded-For` of this peer is believed. */
  isProxy(address: string): boolean;
  readonly addressLimits: LimitSet | undefined;
  /** For each key of the role: the role's own limits and those of every key together. */
  keyLimitsOf(role: string): LimitSet | undefined;
  sharedLimitsOf(role: string): LimitSet | undefined;
  /** For all keys and tokens of the team together. */
  teamLimitsOf(team: string): LimitSubject | undefined;
  /** The most output tokens of one answer whose caller names no maximum, by the names the policy or its services have for the model. */
  defaultOutputOf(model: string | undefined): number;
  /** Undefined: nothing is looked for in calls. */
  readonly data: DataRules | undefined;
  /** Tokens reserved for a picture, a sound or a file, which only the service can count. */
  readonly attachmentTokens: number;
  /** What the policy calls the model of a call: the only name of it that is recorded, counted or shown. What a caller wrote could be anything. */
  modelName(call: PricedCall): string | undefined;
}

/** Paths remembered with their route; callers use few, and a scan of many must not grow memory. */
const maxRememberedPaths = 1024;

export function compileGate(policy: GatePolicy, digest: string): GateSnapshot {
  const { gate, limits, identity } = policy;
  const routes = gate.routes.map(compileRoute);
  const roles = compileRoles(identity.roles);
  const keyLimits = new Map<string, LimitSet | undefined>();
  const sharedLimits = new Map<string, LimitSet | undefined>();
  for (const role of roles.names) {
    const { each, shared } = roles.limitsOf(role);
    keyLimits.set(role, limited(mergeLimitSets(each ? [each, limits.key] : [limits.key])));
    sharedLimits.set(role, shared && limited(shared));
  }
  const teams = compileTeams(identity.teams);
  const teamLimits = new Map<string, LimitSubject>();
  for (const team of teams.names) {
    const together = teams.limitsOf(team);
    const set = together && limited(together);
    if (set) teamLimits.set(team, { scope: 'team', subject: team, limits: set });
  }
  return {
    digest,
    policy,
    bounds: gate.bounds,
    deadlines: gate.deadlines,
    retries: gate.retries,
    routes,
    findRoute: remember(createPathMatcher(routes, (route) => route.pattern)),
    roles,
    teams,
    addressAllowed: compileAddressLists(gate.addresses),
    isProxy: gate.proxies.length > 0 ? compileAddressRanges(gate.proxies) : () => false,
    addressLimits: limited(limits.address),
    keyLimitsOf: (role) => keyLimits.get(role),
    sharedLimitsOf: (role) => sharedLimits.get(role),
    teamLimitsOf: (team) => teamLimits.get(team),
    defaultOutputOf: createDefaultOutput(limits.output),
    attachmentTokens: limits.attachment,
    data: compileData(policy),
    modelName: createModelNames(policy),
    ...createCallPrices(limits.prices),
  };
}

function createDefaultOutput(output: GatePolicy['limits']['output']): GateSnapshot['defaultOutputOf'] {
  const patterns = Object.keys(output);
  const known = new Map<string, number>();
  const find = (model: string): number => output[findModelPattern(patterns, model) ?? '*'] ?? 1;
  return (model = '') => {
    const remembered = known.get(model);
    if (remembered !== undefined) return remembered;
    if (known.size >= maxRememberedPaths) known.clear();
    const found = find(model);
    known.set(model, found);
    return found;
  };
}

function limited(set: LimitSet): LimitSet | undefined {
  return isUnlimited(set) ? undefined : set;
}

function compileAddressLists({ allow, deny }: GateSection['addresses']): (address: string) => boolean {
  if (!allow && deny.length === 0) return () => true;
  const isAllowed = allow ? compileAddressRanges(allow) : () => true;
  const isDenied = compileAddressRanges(deny);
  // What is no address is in no list, and denied where there is one.
  return (address) => canonicalAddress(address) !== undefined && isAllowed(address) && !isDenied(address);
}

function remember(find: (path: string) => Route | undefined): (path: string) => Route | undefined {
  const known = new Map<string, Route | undefined>();
  return (path) => {
    const route = known.get(path);
    if (route !== undefined || known.has(path)) return route;
    if (known.size >= maxRememberedPaths) known.clear();
    const found = find(path);
    known.set(path, found);
    return found;
  };
}
