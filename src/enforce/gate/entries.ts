import type { Fault, FaultCode } from '../../kernel/index.ts';
import type { Entry, EntryValue } from '../../record/index.ts';
import type { Denied } from './denied.ts';
import { repeatsPrefix } from './snapshot/routes.ts';
import type { GateContext } from './context.ts';
import type { Caller, Inspected, Outcome, Recorded, Underway } from './states.ts';

/** The kinds of entry the gate writes. Every value is a count, a pseudonym or a name from a closed set: nothing a caller wrote. */
export const callKinds = {
  decided: 'call.decided',
  denied: 'call.denied',
  finished: 'call.finished',
  retried: 'call.retried',
} as const;

/** A call was let through. `tokens` and `costNanoUsd` are what was reserved, which is what stands if its end is lost. */
export function decisionEntry(gate: GateContext, state: Inspected): Entry {
  const { route, operation, caller, snapshot } = state;
  const source = gate.pseudonyms.address(state.address);
  return {
    id: gate.newId(),
    at: gate.timestamp(),
    kind: callKinds.decided,
    actor: caller.id,
    source: source.address,
    target: route.name,
    outcome: 'allowed',
    policy: snapshot.digest,
    detail: withData(state.inspection, {
      operation: operation.operation.name,
      route: route.name,
      prefixRepeated: repeatsPrefix(state.path, route.wire) || undefined,
      model: snapshot.modelName(state),
      role: state.role,
      roles: state.role === undefined ? caller.roles : heldRoles(caller),
      team: caller.team,
      network: source.network,
      request: state.requestId,
      subject: state.subject?.id,
      streaming: state.streaming,
      requestBytes: state.body.length,
      promptTokens: state.promptTokens,
      likelyTokens: state.likelyTokens,
      outputTokens: state.outputTokens,
      outputAsked: state.asked.maximum !== undefined || operation.operation.output.kind !== 'text',
      costNanoUsd: state.reservedNanoUsd,
      wouldDeny: state.wouldDeny.length > 0 ? state.wouldDeny : undefined,
    }),
  };
}

/** A call is sent once more after a try that the service may have done and may bill. Until its end is recorded both count as reserved. */
export function retryEntry(gate: GateContext, state: Recorded, reason: FaultCode): Entry {
  return {
    id: gate.newId(),
    at: gate.timestamp(),
    kind: callKinds.retried,
    actor: state.caller.id,
    target: state.route.name,
    outcome: 'failed',
    reason,
    policy: state.snapshot.digest,
    detail: { decision: state.entryId, route: state.route.name },
  };
}

/** A call was refused. Its own words (path, model, key) never stand in the entry, only what the policy has names for. */
export function denialEntry(gate: GateContext, state: Underway, denied: Denied): Entry {
  const route = denied.route ?? state.route;
  const source = gate.pseudonyms.address(state.address);
  return {
    id: gate.newId(),
    at: gate.timestamp(),
    kind: callKinds.denied,
    actor: state.caller?.id ?? denied.callerId,
    source: source.address,
    target: route?.name,
    outcome: 'denied',
    reason: denied.reason ?? denied.fault.code,
    policy: state.snapshot.digest,
    detail: withData(state.inspection, {
      operation: state.operation?.operation.name,
      route: route?.name,
      prefixRepeated:
        (state.path !== undefined && route && repeatsPrefix(state.path, route.wire)) || undefined,
      model: state.route && state.snapshot.modelName({ route: state.route, model: state.model }),
      role: roleOf(state),
      roles: state.caller && heldRoles(state.caller),
      team: state.caller?.team,
      limit: denied.limitName,
      promptTokens: state.promptTokens,
      likelyTokens: state.likelyTokens,
      outputTokens: state.outputTokens,
      network: source.network,
      request: state.requestId,
      subject: state.subject?.id,
    }),
  };
}

type Detail = NonNullable<Entry['detail']>;

/** With what was found in a call and what was done: classes, names and counts. */
function withData(inspection: Underway['inspection'], detail: Detail): Detail {
  if (!inspection) return detail;
  const { dataClass, detectors, characters, unread, action, would } = inspection;
  return {
    ...detail,
    dataClass,
    dataDetectors: Object.keys(detectors).length > 0 ? detectors : undefined,
    dataUnread: unread.length > 0 ? unread : undefined,
    dataCharacters: characters,
    dataAction: action,
    dataWould: would,
  };
}

/** The roles of a caller that has not exactly one; of the others `role` says it. */
function heldRoles({ roles }: Caller): readonly string[] | undefined {
  return roles.length === 1 ? undefined : roles;
}

/** A caller with one role was refused as that role; one with several as none of them. */
function roleOf({ role, caller }: Underway): string | undefined {
  return role ?? (caller?.roles.length === 1 ? caller.roles[0] : undefined);
}

/** What was refused before it could be read as a call: not HTTP, too large a head, an upgrade. */
export function unreadDenialEntry(gate: GateContext, peer: string, fault: Fault): Entry {
  const source = gate.pseudonyms.address(peer);
  return {
    id: gate.newId(),
    at: gate.timestamp(),
    kind: callKinds.denied,
    source: source.address,
    outcome: 'denied',
    reason: fault.code,
    policy: gate.snapshot().digest,
    detail: { network: source.network },
  };
}

/** Tokens the service used beyond what it was allowed: it does not keep to the maximum it was told. */
export function beyondReserved(
  { admission, promptTokens, outputTokens }: Pick<Recorded, 'admission' | 'promptTokens' | 'outputTokens'>,
  { usage }: Pick<Outcome, 'usage'>,
): number | undefined {
  const beyond = usage.input + usage.output - promptTokens - outputTokens;
  return admission?.limitsUsage && !usage.estimated && beyond > 0 ? beyond : undefined;
}

/** The end of a call that was let through. Usage and budgets are counted from these entries alone, so each has all of this. */
export interface FinishedEntry extends Entry {
  readonly kind: typeof callKinds.finished;
  readonly detail: Record<
    | 'decision'
    | 'operation'
    | 'route'
    | 'model'
    | 'role'
    | 'team'
    | 'costNanoUsd'
    | 'inputTokens'
    | 'cachedInputTokens'
    | 'outputTokens'
    | 'reasoningTokens'
    | 'estimated',
    EntryValue | undefined
  > &
    Detail;
}

export function outcomeEntry(gate: GateContext, state: Recorded, outcome: Outcome): FinishedEntry {
  const { usage } = outcome;
  return {
    id: gate.newId(),
    at: gate.timestamp(),
    kind: callKinds.finished,
    actor: state.caller.id,
    target: state.route.name,
    outcome: outcome.result,
    reason: outcome.reason,
    policy: state.snapshot.digest,
    detail: {
      decision: state.entryId,
      subject: state.subject?.id,
      operation: state.operation.operation.name,
      route: state.route.name,
      model: state.snapshot.modelName(state),
      role: state.role,
      team: state.caller.team,
      status: outcome.status,
      upstream: outcome.upstream,
      tries: outcome.tries,
      costNanoUsd: outcome.costNanoUsd,
      answerBytes: outcome.answerBytes,
      answerClass: outcome.answerData?.dataClass,
      answerDetectors: outcome.answerData?.detectors,
      answerCharacters: outcome.answerData?.characters,
      durationMs: Math.round(gate.clock.elapsed() - state.call.startedAt),
      firstByteMs: outcome.firstByteMs === undefined ? undefined : Math.round(outcome.firstByteMs),
      inputTokens: usage.input,
      cachedInputTokens: usage.cachedInput,
      outputTokens: usage.output,
      reasoningTokens: usage.reasoning,
      estimated: usage.estimated || undefined,
      beyondReserved: beyondReserved(state, outcome),
    },
  };
}
