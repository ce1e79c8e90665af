import { startServer } from './server.ts';
import { adminServices } from './admin-services.ts';
import { type CommandRooms, Exit, type StartedServer, type StartOptions } from '../cli/index.ts';
import { explainGate } from '../enforce/gate/index.ts';
import { environment } from '../environment.ts';
import { openHouse } from './house.ts';
import { inspectToken } from './inspect-token.ts';
import { createLog, silentLog, systemClock } from '../kernel/index.ts';
import { type ListenAddress, parseListenAddress } from '../policy/index.ts';
import { findPolicyFile, keepPolicy, type LoadedPolicy, loadPolicy } from './policy-in-force.ts';
import { apiRoutes, createAdminApi, folderOwner } from '../serve/index.ts';
import { restoreBackup } from './backup.ts';

type RoomsAtWork = Pick<CommandRooms, 'startServer' | 'openInProcess' | 'restore' | 'inspectToken'>;

/** The rooms above the command line, handed down to it as functions: those that need the data folder and all the house. */
export const roomsAtWork: RoomsAtWork = {
  startServer: start,
  restore,
  inspectToken,
  async openInProcess({ dataFolder, policyFile, create }) {
    const policy = await loadPolicy(findPolicyFile(policyFile, dataFolder, false), systemClock.now());
    const house = await openHouse({ dataFolder, create, policy, clock: systemClock, log: silentLog });
    await keepPolicy(policy, house.folder.paths.folder);
    const services = adminServices({
      house,
      policyProblem: () => undefined,
      readiness: () => ({ status: 503, body: notServing }),
    });
    const api = createAdminApi({ routes: apiRoutes, services, log: silentLog });
    return {
      fetch: (request) => api.fetch(request, folderOwner),
      async close() {
        // Nobody else would: there is no server.
        await house.reviews.gather();
        await api.close();
        await house.close();
      },
    };
  },
};

const notServing =
  '{"status":"not ready","problems":[{"part":"server","problem":"no server runs on this data folder"}]}';

/** The restored folder says of itself, in its ledger, that it was restored. */
async function restore({
  from,
  dataFolder,
  keysFrom,
}: {
  from: string;
  dataFolder: string;
  keysFrom: string | undefined;
}): Promise<{ folder: string; entries: number }> {
  const { entries } = await restoreBackup({ from, dataFolder, keysFrom });
  const policy = await loadPolicy(findPolicyFile(undefined, dataFolder, false), systemClock.now());
  const house = await openHouse({ dataFolder, create: false, policy, clock: systemClock, log: silentLog });
  try {
    await house.note('system.restored', { actor: 'owner', detail: { entries } });
  } finally {
    await house.close();
  }
  return { folder: dataFolder, entries };
}

async function start(options: StartOptions): Promise<StartedServer> {
  const clock = systemClock;
  const log = createLog({ clock, level: options.logLevel, write: options.writeLog });
  const policy = await loadPolicy(findPolicyFile(options.policyFile, options.dataFolder, true), clock.now());
  const server = await startServer({
    dataFolder: options.dataFolder,
    policy,
    gate: options.gate === undefined ? undefined : address(options.gate, '--gate'),
    console: address(options.console ?? '127.0.0.1:8081', '--console'),
    environment,
    clock,
    log,
  });
  return {
    policyFile: policy.file,
    gateUrl: url(server.gate),
    consoleUrl: url(server.console),
    isFirstStart: (await server.house.keys.list()).length === 0,
    example: exampleCall(policy),
    fetch: server.fetch,
    stop: server.close,
    close: () => server.close('closed'),
  };
}

function address(text: string, option: string): ListenAddress {
  const parsed = parseListenAddress(text);
  if (!parsed) throw new Exit(2, `${option} takes an IP address and a port, such as 127.0.0.1:8080.`);
  return parsed;
}

function url({ host, port }: { host: string; port: number }): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The first chat operation that some role may call with some model, for the newcomer's first call. */
function exampleCall({ policy }: LoadedPolicy): StartedServer['example'] {
  for (const route of explainGate(policy).routes) {
    for (const { role, operations, models } of route.callers) {
      const path = operations
        .map((text) => /^POST (\S+) \(chat\.completions\)$/.exec(text)?.[1])
        .find((found) => found !== undefined);
      const model = models.find((name) => !name.endsWith('*'));
      if (path !== undefined && model !== undefined && !path.includes('{')) return { path, model, role };
    }
  }
  return undefined;
}
