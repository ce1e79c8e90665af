/**
 * The gate: the one way through which AI traffic passes.
 *
 * Guarantees: every call takes every step of one pipeline (`pipeline.ts`); what the policy does not name is refused; a body is complete and valid
 * before anything is forwarded; no byte of an answer leaves before its decision is durable in the ledger; the caller's credential and
 * the services' never meet; what is no longer permitted is cut.
 * Threat: callers without or beyond their rights, ambiguous requests, floods, slow readers; services that answer wrongly, slowly or with
 * redirects; names that resolve to addresses inside.
 * Does not: end TLS itself in this version, look into what answers say, search headers and query strings, or detect intent.
 */
export type { GateContext, GateDependencies, GateObserver } from './context.ts';
export type { Denied } from './denied.ts';
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
