import { createGate, type Gate } from '../enforce/gate/index.ts';
import { type House, openHouse } from './house.ts';
import type { Clock, Log } from '../kernel/index.ts';
import { followPolicyFile, type ListenAt, listenWhereTold } from './follow-policy.ts';
import { removeDownloads } from './downloads.ts';
import { keepPolicy, type LoadedPolicy } from './policy-in-force.ts';
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
  folderOwner,
  listenSocket,
  type Metrics,
} from '../serve/index.ts';
import { type RevocationCanary, revocationBoundMs } from './revocation-canary.ts';
import { keepUp, watchDisks, watchRevocation } from './upkeep.ts';
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

export interface RunningServer {
  readonly house: House;
  readonly gate: { readonly host: string; readonly port: number };
  readonly console: { readonly host: string; readonly port: number };
  /** The admin API. */
  fetch(request: Request): Promise<Response>;
  /** Drains and closes everything; every step of it stands in the ledger. */
  close(reason: string): Promise<void>;
}

/** The composition root of a running server: opens every room in order and joins them. */
export async function startServer(given: ServerOptions): Promise<RunningServer> {
  const options = { ...given, policy: listenWhereTold(given.policy, given.gate) };
  const { clock, log } = options;
  const house = await openHouse({ ...options, create: true });
  await removeDownloads(house.folder.paths.folder);
  const closing: (() => Promise<void>)[] = [() => house.close()];
  let gate: Gate | undefined;
  let canary: RevocationCanary | undefined;
  try {
    const state = { problem: undefined as string | undefined, listening: false };
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
      subjectOf: house.keeping.subjects.subjectOf,
      capture: house.keeping.capture,
      policy: options.policy.policy,
      digest: options.policy.digest,
    });
    const running = gate;
    const disks = watchDisks(house);
    closing.push(() => disks.stop());
    const health = createHouseHealth(house, running, { disks, listening: () => state.listening });
    const admin = { house, state, metrics, revocation, secrets, health, listen: options.console };
    const { api, consoleServer } = await openAdmin(admin, closing);
    await house.note('policy.loaded', { detail: { digest: house.policy().digest } });
    await keepPolicy(options.policy, house.folder.paths.folder);
    await archivePolicy(options.policy, house.folder.paths.folder);
    const gateAddress = await running.listen(health);
    state.listening = true;
    await house.note('system.started', { detail: { version, node: process.version } });
    const policyFollowed = followPolicyFile({ house, gate: running, state, gateAddress: given.gate });
    const upkeep = keepUp(house);
    const measuring = watchRevocation(house, running);
    canary = measuring;
    return {
      house,
      gate: gateAddress,
      console: consoleServer,
      fetch: (request) => api.fetch(request, folderOwner),
      async close(reason) {
        await upkeep.stop();
        await measuring.stop();
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
  const socket = await listenSocket(house.folder.paths.socket, (request) => api.fetch(request, folderOwner));
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

function createHouseHealth(
  { ledger }: House,
  gate: Gate,
  { disks, listening }: { readonly disks: ReturnType<typeof watchDisks>; listening(): boolean },
) {
  return createHealth({
    ledger: () => (ledger.status.writable ? undefined : (ledger.status.problem ?? 'cannot record')),
    store: disks.store,
    vault: disks.vault,
    gate() {
      if (gate.status.draining) return 'shutting down';
      return listening() ? undefined : 'not listening yet';
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
    issuerKeys: house.issuerKeys,
    keeping: () => ({
      cases: house.keeping.caseFigures(),
      capture: house.keeping.capture.status(),
      retention: house.keeping.retention.figures,
      clockHeld: house.keeping.retention.clock.problem !== undefined,
      keys: house.vault.keys.status().keys,
      erasuresUnfinished: house.keeping.unfinishedErasures(),
    }),
  });
}
