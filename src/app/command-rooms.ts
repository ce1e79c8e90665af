import { startServer } from './server.ts';
import { adminServices } from './admin-services.ts';
import { type CommandRooms, Exit, type StartedServer, type StartOptions } from '../cli/index.ts';
import { explainGate } from '../enforce/gate/index.ts';
import { environment } from '../environment.ts';
import { type House, openHouse } from './house.ts';
import { inspectToken } from './inspect-token.ts';
import { createLog, Fault, silentLog, systemClock } from '../kernel/index.ts';
import { type ListenAddress, parseListenAddress } from '../policy/index.ts';
import { findPolicyFile, keepPolicy, type LoadedPolicy, loadPolicy } from './policy-in-force.ts';
import { apiRoutes, createAdminApi, folderOwner } from '../serve/index.ts';
import { sealingKeys } from '../store/index.ts';
import { restoreBackup } from './restore.ts';

type RoomsAtWork = Pick<CommandRooms, 'startServer' | 'openInProcess' | 'restore' | 'adopt' | 'inspectToken'>;

/** The rooms above the command line, handed down to it as functions: those that need the data folder and all the house. */
export const roomsAtWork: RoomsAtWork = {
  startServer: start,
  restore,
  adopt,
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

/** The restored folder says of itself, in its ledger, that it was restored: before it has its name. */
async function restore(
  options: Parameters<CommandRooms['restore']>[0],
): Promise<{ folder: string; entries: number }> {
  const { dataFolder, keysFrom } = options;
  const open = async (folder: string, entries: number): Promise<void> => {
    const policy = await loadPolicy(findPolicyFile(undefined, folder, false), systemClock.now());
    const house = await openHouse({
      dataFolder: folder,
      create: false,
      policy,
      clock: systemClock,
      log: silentLog,
      vaultProof: keysFrom === undefined ? 'any' : 'restored',
    });
    try {
      if (keysFrom !== undefined) await requireOwnVault(house, keysFrom);
      await house.note('system.restored', {
        actor: 'owner',
        detail: { entries, keys: keysFrom !== undefined },
      });
    } finally {
      await house.close();
    }
  };
  const { entries } = await restoreBackup({ ...options, open });
  return { folder: dataFolder, entries };
}

/** The vault of another installation opens nothing, and everything would read as erased. */
async function requireOwnVault({ store, vault }: House, keysFrom: string): Promise<void> {
  const sealing = await sealingKeys(store);
  const present = new Set(vault.keys.list().map(({ id }) => id));
  if (sealing.size === 0 || [...sealing].some((id) => present.has(id))) return;
  throw new Fault('data.mismatch', {
    detail: `The keys in ${keysFrom} open nothing that the backup holds: they are of another installation, or all of it was erased. Without --keys-from it is restored all the same.`,
  });
}

/** Opens a folder whose parts do not belong together, and names them all as one installation. */
async function adopt(dataFolder: string): Promise<void> {
  const policy = await loadPolicy(findPolicyFile(undefined, dataFolder, false), systemClock.now());
  const house = await openHouse({
    dataFolder,
    create: false,
    policy,
    clock: systemClock,
    log: silentLog,
    adopt: true,
  });
  await house.close();
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
