import { createGate, type Gate } from '../enforce/gate/index.ts';
import { type House, openHouse } from './house.ts';
import { type Clock, Fault, type Log } from '../kernel/index.ts';
import { followPolicy, keepPolicy, type LoadedPolicy } from './policy-in-force.ts';
import { followReviews } from './reviews.ts';
import { archivePolicy } from './policy-archive.ts';
import { adminServices } from './admin-services.ts';
import { type ConsoleParts, openConsole } from './console.ts';
import { createSecrets } from '../secrets/index.ts';
import {
  type AdminServices,
  apiRoutes,
  createAdminApi,
  createHealth,
  createMetrics,
  listenSocket,
  type Metrics,
} from '../serve/index.ts';
import { createRevocationCanary, type RevocationCanary, revocationBoundMs } from './revocation-canary.ts';
import { version } from './version.ts';

export interface ServerOptions {
  readonly dataFolder: string;
  readonly policy: LoadedPolicy;
  /** Where to listen instead of where the policy says. */
  readonly gate?: ListenAt | undefined;
  readonly console: ListenAt;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
}

interface ListenAt {
  readonly host: string;
  readonly port: number;
  readonly loopback: boolean;
}

export interface RunningServer {
  readonly house: House;
  readonly gate: { readonly host: string; readonly port: number };
  readonly console: { readonly host: string; readonly port: number };
  /** The admin API. */
  fetch(request: Request): Promise<Response>;
  /** Drains and closes everything; every step of it stands in the ledger. */
  close(reason: string): Promise<void>;
}

const defaultPruneEveryMs = 3_600_000;

/** The composition root of a running server: opens every room in order and joins them. */
export async function startServer(given: ServerOptions): Promise<RunningServer> {
  const options = { ...given, policy: listenWhereTold(given.policy, given.gate) };
  const { clock, log } = options;
  const house = await openHouse({ ...options, create: true });
  const closing: (() => Promise<void>)[] = [() => house.close()];
  let gate: Gate | undefined;
  let canary: RevocationCanary | undefined;
  try {
    const state = { problem: undefined as string | undefined };
    const secrets = createSecrets({
      environment: options.environment,
      baseFolder: folderOf(options.policy.file),
      clock,
      log,
    });
    closing.push(async () => secrets.close());
    const revocation: AdminParts['revocation'] = () => ({
      boundMs: revocationBoundMs,
      figures: canary?.figures() ?? [],
    });
    const metrics = createHouseMetrics({ house, state, gate: () => gate, revocation });
    gate = await createGate({
      ...house,
      secrets,
      observer: metrics.observer,
      policy: options.policy.policy,
      digest: options.policy.digest,
    });
    const running = gate;
    canary = watchRevocation(house, running);
    closing.push(canary.stop);
    const health = createHealth({
      ledger: () =>
        house.ledger.status.writable ? undefined : (house.ledger.status.problem ?? 'cannot record'),
      gate: () => (running.status.draining ? 'shutting down' : undefined),
    });
    const admin = { house, state, metrics, revocation, secrets, health, listen: options.console };
    const { api, consoleServer } = await openAdmin(admin, closing);
    await house.note('policy.loaded', { detail: { digest: house.policy().digest } });
    await keepPolicy(options.policy, house.folder.paths.folder);
    await archivePolicy(options.policy, house.folder.paths.folder);
    const gateAddress = await running.listen(health);
    await house.note('system.started', { detail: { version, node: process.version } });
    warnOfLowDisk(house);
    const policyFollowed = follow({
      house,
      gate: running,
      state,
      gateAddress: given.gate,
    });
    const reviews = followReviews(house);
    const pruning = setInterval(() => void prune(house), defaultPruneEveryMs);
    pruning.unref();
    return {
      house,
      gate: gateAddress,
      console: consoleServer,
      fetch: (request) => api.fetch(request),
      async close(reason) {
        clearInterval(pruning);
        reviews.stop();
        policyFollowed.stop();
        await running.close();
        await house.denials.flush();
        await house
          .note('system.stopped', { reason })
          .catch(() => log.error('the stop could not be recorded'));
        await closeAll(closing, log);
      },
    };
  } catch (error) {
    await gate?.close();
    await closeAll(closing, log);
    throw error;
  }
}

interface AdminParts extends Omit<ConsoleParts, 'api'> {
  readonly state: { readonly problem: string | undefined };
  readonly revocation: NonNullable<AdminServices['revocation']>;
}

/** The admin API, on its socket and behind the console port. What is opened is added to what is closed. */
async function openAdmin(parts: AdminParts, closing: (() => Promise<void>)[]) {
  const { house, state, metrics, health, revocation } = parts;
  const services = adminServices({
    house,
    policyProblem: () => state.problem,
    readiness: () => health('/readyz') ?? { status: 500, body: '' },
    brokeGlass: metrics.brokeGlass,
    revocation,
  });
  const api = createAdminApi({ routes: apiRoutes, services, log: house.log });
  closing.push(api.close);
  const socket = await listenSocket(house.folder.paths.socket, (request) => api.fetch(request));
  closing.push(() => socket.close());
  const consoleServer = await openConsole({ ...parts, api });
  closing.push(() => consoleServer.close());
  return { api, consoleServer };
}

async function closeAll(steps: (() => Promise<void>)[], log: Log): Promise<void> {
  for (const step of steps.splice(0).reverse()) {
    await step().catch((error: unknown) =>
      log.error('a part did not close', { error: error instanceof Error ? error.name : 'unknown' }),
    );
  }
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/')) || '/';
}

/** The command line's address stands over the policy's, with the same care for what it opens. */
function listenWhereTold(loaded: LoadedPolicy, listen: ListenAt | undefined): LoadedPolicy {
  if (!listen) return loaded;
  if (!listen.loopback && loaded.policy.gate.tls !== 'elsewhere') {
    throw new Fault('policy.invalid', {
      detail: `The gate would listen on ${listen.host} without TLS; listen on 127.0.0.1, or say gate.tls: elsewhere when something in front ends TLS.`,
    });
  }
  return { ...loaded, policy: { ...loaded.policy, gate: { ...loaded.policy.gate, listen } } };
}

/** A promise of a second that is broken must be heard of before an incident needs it. */
function watchRevocation(house: House, gate: Gate): RevocationCanary {
  const { log } = house;
  return createRevocationCanary({
    probes: house.revocationProbes,
    swept: gate.swept,
    clock: house.clock,
    log,
    late({ kind, milliseconds }) {
      log.error('revocations take longer than promised', { kind, milliseconds, boundMs: revocationBoundMs });
      const detail = { kind, milliseconds: Math.round(milliseconds), boundMs: revocationBoundMs };
      void house.note('revocation.late', { outcome: 'failed', detail }).catch(() => {});
    },
  });
}

function createHouseMetrics({
  house,
  state,
  gate,
  revocation,
}: Pick<AdminParts, 'house' | 'state' | 'revocation'> & { gate: () => Gate | undefined }): Metrics {
  return createMetrics({
    gate: () => gate()?.status,
    ledger: () => house.ledger.status,
    limitCounters: () => house.limits.counters,
    reviews: () => house.reviews.status(),
    budgetAlerts: () => house.usage.alertsGiven(),
    policyLoadedAt: () => house.policy().loadedAt,
    policyProblem: () => state.problem !== undefined,
    revocation: () => revocation().figures,
  });
}

interface Followed {
  readonly house: House;
  readonly gate: Gate;
  readonly state: { problem: string | undefined };
  readonly gateAddress: ListenAt | undefined;
}

/** Keeps the policy in force in step with its file. Each load, and each refusal to load, is an entry. */
function follow({ house, gate, state, gateAddress }: Followed): { stop(): void } {
  const { log, clock } = house;
  return followPolicy({
    loaded: house.policy(),
    log,
    async apply(read) {
      const { digest } = read;
      const { file } = house.policy();
      const next = listenWhereTold({ ...read, file, loadedAt: clock.now() }, gateAddress);
      await usePolicy(house, gate, next);
      state.problem = undefined;
      log.info('policy loaded', { digest });
      await keepPolicy(next, house.folder.paths.folder);
      await archivePolicy(next, house.folder.paths.folder);
      await house.note('policy.loaded', { detail: { digest } });
      // A role that a review waits for may be there now.
      await house.reviews.tick().catch(() => log.error('what is due in access reviews could not be done'));
    },
    refuse(sentence, digest) {
      state.problem = sentence;
      log.error('the policy file cannot be put in force; the old policy stays', { problem: sentence });
      house
        .note('policy.refused', { outcome: 'failed', reason: 'policy.invalid', detail: { digest } })
        .catch(() => log.error('the refusal could not be recorded'));
    },
  });
}

/** All of it or nothing: what the house has readied is thrown away where the gate cannot load it. */
async function usePolicy(house: House, gate: Gate, next: LoadedPolicy): Promise<void> {
  const prepared = house.preparePolicy(next);
  try {
    await gate.load(next.policy, next.digest);
  } catch (error) {
    prepared.discard();
    throw error;
  }
  prepared.use();
}

/** Says once when the disk of the ledger runs low, and once when it has room again; the operator must hear it before calls are refused. */
function warnOfLowDisk({ ledger, log }: House): void {
  let wasLow = false;
  const look = ({ diskLow, freeBytes }: House['ledger']['status']): void => {
    if (diskLow && !wasLow)
      log.warn('the disk of the ledger runs low; calls are refused when it is full', { freeBytes });
    if (!diskLow && wasLow) log.info('the disk of the ledger has room again', { freeBytes });
    wasLow = diskLow;
  };
  look(ledger.status);
  ledger.onStatus(look);
}

async function prune(house: House): Promise<void> {
  const { keep } = house.policy().policy.record;
  await house.ledger
    .prune(house.clock.now() - keep)
    .catch(() => house.log.error('the ledger could not be pruned'));
}
