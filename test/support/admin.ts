import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminServices } from '../../src/app/admin-services.ts';
import { type House, openHouse } from '../../src/app/house.ts';
import { loadPolicy } from '../../src/app/policy-in-force.ts';
import { socketOperator } from '../../src/enforce/identity/index.ts';
import { createLog, systemClock } from '../../src/kernel/index.ts';
import {
  type AdminApi,
  apiRoutes,
  createAdminApi,
  createDoor,
  createProviderInForce,
  folderOwner,
} from '../../src/serve/index.ts';
import { createSecrets } from '../../src/secrets/index.ts';
import { createManualClock, type ManualClock } from './clock.ts';

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; empty where it is none. */
  readonly body: Record<string, unknown>;
}

export interface TestQuestion {
  readonly input?: Readonly<Record<string, unknown>>;
  readonly key?: string | undefined;
  readonly cookie?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The admin API behind its door, over a data folder of its own: everything real but the sockets. */
export interface TestAdmin {
  readonly house: House;
  readonly api: AdminApi;
  readonly clock: ManualClock;
  readonly log: string[];
  readonly glass: string[];
  /** A key of a new operator, made by the owner of the folder. */
  operator(...roles: string[]): Promise<{ id: string; key: string }>;
  /** Through the door, as from loopback. `name` is `GET /api/keys/:id`. */
  ask(name: string, question?: TestQuestion): Promise<TestAnswer>;
  /** Through the socket. */
  askSocket(name: string, question?: TestQuestion): Promise<TestAnswer>;
  setPolicy(text: string): Promise<void>;
  kinds(): Promise<string[]>;
  close(): Promise<void>;
}

export const origin = 'http://127.0.0.1:8081';
const arrival = { localAddress: '127.0.0.1', localPort: 8081, remoteAddress: '127.0.0.1' };

export async function openAdmin(
  policy: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestAdmin> {
  const folder = mkdtempSync(join(tmpdir(), 'surety-admin-'));
  const file = join(folder, 'surety.yaml');
  writeFileSync(file, policy);
  const clock = createManualClock(systemClock.now());
  const log: string[] = [];
  const glass: string[] = [];
  const options = { dataFolder: join(folder, 'data'), create: true, clock };
  const house = await openHouse({
    ...options,
    policy: await loadPolicy(file, clock.now()),
    log: createLog({ clock, level: 'debug', write: (line) => void log.push(line) }),
  });
  const services = adminServices({
    house,
    policyProblem: () => undefined,
    readiness: () => ({ status: 200, body: '{"problems":[]}' }),
    brokeGlass: (reason) => void glass.push(reason),
    revocation: () => ({ boundMs: 1000, figures: [] }),
  });
  const api = createAdminApi({ routes: apiRoutes, services, log: house.log });
  const secrets = createSecrets({ environment, baseFolder: folder, clock, log: house.log });
  const provider = createProviderInForce({
    section: () => house.operators.policy().section.oidc,
    secrets,
    now: clock.now,
    log: house.log,
  });
  const door = createDoor({
    api,
    operators: house.operators,
    system: () => 'test',
    provider: provider.current,
    clock,
    refused: () => {},
  });
  return {
    house,
    api,
    clock,
    log,
    glass,
    async operator(...roles) {
      const request = { name: `test ${roles.join(' ')}`, roles, expiresInMs: 86_400_000 };
      const { operator, key } = await house.operators.create(request, socketOperator);
      return { id: operator.id, key: key.reveal() };
    },
    ask: async (name, question = {}) => readAnswer(await door.fetch(requestOf(name, question), arrival)),
    askSocket: async (name, question = {}) =>
      readAnswer(await api.fetch(requestOf(name, question), folderOwner)),
    async setPolicy(text) {
      writeFileSync(file, text);
      house.preparePolicy(await loadPolicy(file, clock.now())).use();
    },
    async kinds() {
      const found: string[] = [];
      for await (const { entry } of house.ledger.search({ order: 'oldest', limit: 1000 }))
        found.push(entry.kind);
      return found;
    },
    async close() {
      await provider.close();
      secrets.close();
      await api.close();
      await house.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function requestOf(name: string, { input = {}, key, cookie, headers = {} }: TestQuestion): Request {
  const [method = '', pattern = ''] = name.split(' ');
  const inPath: string[] = [];
  const path = pattern.replaceAll(/:(\w+)/g, (_, word: string) => {
    inPath.push(word);
    return encodeURIComponent(textOf(input[word]));
  });
  const rest = Object.entries(input).filter(([word]) => !inPath.includes(word));
  const url = new URL(path, origin);
  if (method === 'GET')
    for (const [word, value] of rest)
      url.searchParams.set(word, typeof value === 'string' ? value : JSON.stringify(value));
  const sent = new Headers({ host: '127.0.0.1:8081', ...headers });
  if (key !== undefined) sent.set('authorization', `Bearer ${key}`);
  if (cookie !== undefined) sent.set('cookie', cookie);
  if (method === 'POST' && !sent.has('content-type')) sent.set('content-type', 'application/json');
  const body = method === 'POST' ? JSON.stringify(Object.fromEntries(rest)) : null;
  return new Request(url, { method, headers: sent, body });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : 'none');

async function readAnswer(response: Response): Promise<TestAnswer> {
  const text = await response.text();
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A page.
  }
  return { status: response.status, headers: response.headers, text, body };
}

/** The name and value of a cookie an answer sets. */
export function cookieOf({ headers }: TestAnswer): string {
  return headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
}
