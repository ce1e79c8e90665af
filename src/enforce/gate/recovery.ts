import type { Clock } from '../../kernel/index.ts';
import type { Entry, Ledger } from '../../record/index.ts';
import { callKinds, type FinishedEntry } from './entries.ts';

/** Written last by a server that stopped in order; nothing is open behind it. */
const stoppedKind = 'system.stopped';

/**
 * Gives an end to calls whose end was lost in a crash: `outcome: unknown`, and what was reserved counts as used, so that a crash
 * refills no budget. Reads the ledger back from its last entry by the longest a call can take. To be run before the gate listens;
 * gives the number of calls.
 */
export async function finishLostCalls(options: {
  ledger: Ledger;
  clock: Clock;
  newId: () => string;
  /** The longest a call can be under way. */
  longestCallMs: number;
  /** For decisions recorded without the cost that was reserved. */
  costOf(model: string | undefined, inputTokens: number, outputTokens: number): number;
}): Promise<number> {
  const { ledger } = options;
  const last = await lastEntry(ledger);
  if (!last || last.kind === stoppedKind) return 0;
  const since = Date.parse(last.at) - options.longestCallMs;
  const open = new Map<string, Entry>();
  for await (const { entry } of ledger.search({ since, kind: callKinds.decided, order: 'oldest' }))
    open.set(entry.id, entry);
  if (open.size === 0) return 0;
  for await (const { entry } of ledger.search({ since, kind: callKinds.finished, order: 'oldest' })) {
    const decision = entry.detail?.['decision'];
    if (typeof decision === 'string') open.delete(decision);
  }
  const tries = new Map<string, number>();
  for await (const { entry } of ledger.search({ since, kind: callKinds.retried, order: 'oldest' })) {
    const decision = entry.detail?.['decision'];
    if (typeof decision === 'string') tries.set(decision, (tries.get(decision) ?? 1) + 1);
  }
  await Promise.all(
    [...open.values()].map((entry) => ledger.append(lostCallEntry(entry, tries.get(entry.id) ?? 1, options))),
  );
  return open.size;
}

async function lastEntry(ledger: Ledger): Promise<Entry | undefined> {
  for await (const { entry } of ledger.search({ order: 'newest', limit: 1 })) return entry;
  return undefined;
}

/** Each of its tries counts as it was reserved. */
function lostCallEntry(
  decision: Entry,
  tries: number,
  options: Parameters<typeof finishLostCalls>[0],
): FinishedEntry {
  const { detail = {} } = decision;
  const input = tries * countOf(detail['promptTokens']);
  const output = tries * countOf(detail['outputTokens']);
  const model = typeof detail['model'] === 'string' ? detail['model'] : undefined;
  return {
    id: options.newId(),
    at: new Date(options.clock.now()).toISOString(),
    kind: callKinds.finished,
    actor: decision.actor,
    target: decision.target,
    outcome: 'unknown',
    policy: decision.policy,
    detail: {
      decision: decision.id,
      operation: detail['operation'],
      route: detail['route'],
      model,
      role: detail['role'],
      team: detail['team'],
      costNanoUsd:
        typeof detail['costNanoUsd'] === 'number'
          ? tries * countOf(detail['costNanoUsd'])
          : options.costOf(model, input, output),
      inputTokens: input,
      cachedInputTokens: 0,
      outputTokens: output,
      reasoningTokens: 0,
      estimated: true,
    },
  };
}

function countOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
