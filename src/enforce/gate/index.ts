/**
 * The gate: the one way through which AI traffic passes.
 *
 * Guarantees: every call takes every step of one pipeline (`pipeline.ts`); what the policy does not name is refused; limits are asked before a body is taken,
 * and a body is complete, valid and bounded before anything is forwarded; no call is forwarded before its decision is durable in the ledger, unless its route says
 * `record: overlap`, and then no byte of its answer leaves before; what a call may use is reserved, and charged where the service does not say what it used; no caller
 * or address can take what others need of connections, places and memory; the caller's credential and the services' never meet; what is no longer permitted is cut.
 * Threat: callers without or beyond their rights, ambiguous requests, floods, slow readers; services that answer wrongly, slowly or with
 * redirects; names that resolve to addresses inside.
 * Does not: end TLS itself in this version, bound a service that ignores the maximum it is told (`beyondReserved` in its entry says so), or detect intent.
 */
export type { GateContext, GateDependencies, GateObserver } from './context.ts';
export type { Denied } from './denied.ts';
export { beyondReserved } from './entries.ts';
export { type ExplainedCaller, type ExplainedPolicy, type ExplainedRoute, explainGate } from './explain.ts';
export { type AskedCall, type CallDecision, explainCall } from './explain-access.ts';
export { createGate, type Gate, type GateOptions, type GateStatus } from './gate.ts';
export { finishLostCalls } from './recovery.ts';
export { createPrincipalHistory } from './replay/principal-history.ts';
export { type ReplayOptions, type ReplayPage, createReplay, type Replay } from './replay/replay.ts';
export { addReplays, type ReplayCounts, type ReplayGroup } from './replay/tally.ts';
export { type Unjudged, type Unreplayable, unjudged, unreplayable } from './replay/unreplayable.ts';
export type { GatePolicy, GateSection } from './section.ts';
export type { HealthAnswers } from './server/server.ts';
export { createBudgets } from './snapshot/budgets.ts';
export { compileGate, type GateSnapshot } from './snapshot/snapshot.ts';
export type { Outcome, Recorded, Underway } from './states.ts';
export type { UpstreamState } from './upstreams/upstream.ts';
