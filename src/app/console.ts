import type { Secrets } from '../secrets/index.ts';
import {
  type AdminApi,
  type ConsoleServer,
  createDoor,
  createProviderInForce,
  type HealthAnswer,
  listenConsole,
  type Metrics,
} from '../serve/index.ts';
import type { House } from './house.ts';

export interface ConsoleParts {
  readonly house: House;
  readonly api: AdminApi;
  readonly secrets: Secrets;
  readonly metrics: Metrics;
  health(path: string): HealthAnswer;
  readonly listen: { readonly host: string; readonly port: number };
}

/** The console port: health and metrics for machines, the admin API and its sign-in for operators. */
export async function openConsole(parts: ConsoleParts): Promise<ConsoleServer> {
  const { house, api, secrets, metrics, health, listen } = parts;
  const { log, clock, operators, denials, pseudonyms, newId } = house;
  const provider = createProviderInForce({
    section: () => operators.policy().section.oidc,
    secrets,
    now: clock.now,
    log,
  });
  const door = createDoor({
    api,
    operators,
    system: () => house.policy().policy.system.name,
    provider: provider.current,
    clock,
    refused({ code, address }) {
      const entry = {
        id: newId(),
        at: new Date(clock.now()).toISOString(),
        kind: 'operator.refused',
        source: pseudonyms.address(address).address,
        outcome: 'denied',
        reason: code,
      } as const;
      denials
        .record(entry, `${entry.source} ${code}`)
        .durable.catch(() => log.warn('a refused operator key could not be recorded'));
    },
  });
  const server = await listenConsole({ listen, health, metrics, door });
  return {
    ...server,
    async close() {
      await server.close();
      await provider.close();
    },
  };
}
