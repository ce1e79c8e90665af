import { createTimestamps, Fault, type FaultCode } from '../../kernel/index.ts';
import type { Secrets } from '../../secrets/index.ts';
import type { GateContext, GateDependencies } from './context.ts';
import { unreadDenialEntry } from './entries.ts';
import { createFairShare } from './fair-share.ts';
import { createInFlight } from './in-flight.ts';
import { createLane } from './lane.ts';
import { createMemoryBudget } from './memory.ts';
import { createPipeline } from './pipeline.ts';
import type { GatePolicy } from './section.ts';
import { type GateServer, type HealthAnswers, listenGate } from './server/server.ts';
import { compileGate, type GateSnapshot } from './snapshot/snapshot.ts';
import type { Authorized, Caller } from './states.ts';
import { roleFor } from './steps/authorize.ts';
import { createUpstreamRegistry } from './upstreams/registry.ts';
import { createRetryBudget } from './upstreams/retry-budget.ts';
import type { UpstreamState } from './upstreams/upstream.ts';

export interface GateOptions extends GateDependencies {
  readonly secrets: Secrets;
  readonly policy: GatePolicy;
  readonly digest: string;
}

/** The state of the gate, for /readyz, metrics and operators. */
export interface GateStatus {
  readonly inFlight: number;
  readonly bodyBytes: number;
  readonly draining: boolean;
  readonly upstreams: Readonly<Record<string, UpstreamState>>;
}

export interface Gate {
  /** Begins to listen; gives the bound address. Throws Fault `gate.listen` where it cannot. */
  listen(health: HealthAnswers): Promise<{ host: string; port: number }>;
  /**
   * Puts another policy in force, or throws and changes nothing. Calls in flight keep their limits and plan, but what the new policy no
   * longer permits is cut.
   */
  load(policy: GatePolicy, digest: string): Promise<void>;
  readonly status: GateStatus;
  /** Resolves when every call in flight has been asked once more whether its caller may still act. */
  swept(): Promise<void>;
  /** No new calls; those in flight may end until the policy's drain deadline, then they are cut. */
  close(): Promise<void>;
}

/** How long the error event of a cut answer may take to leave. */
const lastWordsMs = 500;

export async function createGate(options: GateOptions): Promise<Gate> {
  const { clock, log, identity } = options;
  let snapshot: GateSnapshot = compileGate(options.policy, options.digest);
  let draining = false;
  let server: GateServer | undefined;
  const registry = createUpstreamRegistry(options);
  (await registry.prepare(snapshot.policy.gate)).swap();
  const isActive = (caller: Caller): boolean => caller.kind === 'public' || identity.isActive(caller);
  const inFlight = createInFlight({ clock, isActive });
  const places = createFairShare(() => snapshot.bounds.calls);
  const context: GateContext = {
    ...options,
    snapshot: () => snapshot,
    places,
    lane: createLane(clock.elapsed, (caller) => places.taken > places.heldBy(caller)),
    inFlight,
    noLongerPermitted(state) {
      if (!isActive(state.caller)) return 'stream.revoked';
      return state.snapshot === snapshot ? undefined : noLongerPermitted(state, snapshot);
    },
    memory: createMemoryBudget(() => snapshot.bounds.memory),
    retryBudget: createRetryBudget(),
    upstreams: () => registry.present,
    timestamp: createTimestamps(clock),
  };
  const run = createPipeline(context);
  const unsubscribe = identity.onRevoked((id) => {
    inFlight.cutWhere(({ caller }) => (caller.id === id ? 'stream.revoked' : undefined));
  });

  return {
    async listen(health) {
      server = await listenGate({
        gate: snapshot.policy.gate,
        clock,
        log,
        health,
        handle: (call) => void run(call),
        recordUnread: (peer, code) => recordUnread(context, peer, code),
      });
      return { host: server.host, port: server.port };
    },
    async load(policy, digest) {
      const next = compileGate(policy, digest);
      const services = await registry.prepare(policy.gate);
      services.swap();
      snapshot = next;
      const cut = inFlight.cutWhere((state) => noLongerPermitted(state, next));
      if (cut > 0) log.warn('calls cut: the new policy no longer permits them', { calls: cut });
    },
    get status() {
      const upstreams = registry.present.all().map((upstream) => [upstream.name, upstream.state]);
      return {
        inFlight: inFlight.size,
        bodyBytes: context.memory.takenBytes,
        draining,
        upstreams: Object.fromEntries(upstreams) as Record<string, UpstreamState>,
      };
    },
    swept: inFlight.swept,
    async close() {
      draining = true;
      unsubscribe();
      const closed = server?.drain();
      await withDeadline(inFlight.empty(), snapshot.deadlines.drain);
      if (inFlight.cutWhere(() => 'draining') > 0)
        await withDeadline(closed ?? Promise.resolve(), lastWordsMs);
      server?.destroy();
      await closed;
      inFlight.close();
      await registry.close();
    },
  };
}

function noLongerPermitted(
  { caller, path, model, call }: Authorized,
  next: GateSnapshot,
): FaultCode | undefined {
  const route = next.findRoute(path);
  if (!route?.findOperation(call.method, path) || !route.targetsOf(model)) return 'stream.forbidden';
  if (route.isPublic || route.observe) return undefined;
  if (caller.kind === 'public') return 'stream.forbidden';
  // Another role of the caller may carry what the one it began with no longer does.
  return roleFor({ caller, snapshot: next, path, model }) === undefined ? 'stream.forbidden' : undefined;
}

/** A request that never became a call is a denial like any other, from an address, without a route. */
async function recordUnread(gate: GateContext, peer: string, code: FaultCode): Promise<string | undefined> {
  try {
    const { id, durable } = gate.denials.record(
      unreadDenialEntry(gate, peer, new Fault(code)),
      `${peer} ${code}`,
    );
    await durable;
    return id;
  } catch {
    return undefined;
  }
}

async function withDeadline(done: Promise<void>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  await Promise.race([done, late]);
  clearTimeout(timer);
}
