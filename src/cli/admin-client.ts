import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { type AdminApi, type CommandContext, Exit } from './context.ts';

export interface DataOptions {
  readonly data: string;
  readonly policy?: string;
  /** Makes the data folder where it is missing; for the commands that begin something. */
  readonly create?: boolean;
}

/** Asks the admin API: through the socket of a running server where there is one, else in process under the folder's lock. */
export async function withAdminApi<Result>(
  { rooms }: CommandContext,
  { data, policy, create = false }: DataOptions,
  use: (ask: Ask) => Promise<Result>,
): Promise<Result> {
  const api =
    (await reachServer(join(data, 'surety.sock'))) ??
    (await rooms.openInProcess({ dataFolder: data, policyFile: policy, create }));
  try {
    return await use(createAsk(api));
  } finally {
    await api.close();
  }
}

export type Ask = <Answer>(
  method: 'GET' | 'POST',
  path: string,
  input?: Readonly<Record<string, unknown>>,
) => Promise<Answer>;

/** Every item of a list that the API gives page by page. */
export async function* everyPage<Item>(ask: Ask, path: string, list: string): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const answer: Readonly<Record<string, unknown>> = await ask('GET', path, { cursor, limit: 1000 });
    yield* answer[list] as readonly Item[];
    cursor = answer['next'] as string | undefined;
  } while (cursor !== undefined);
}

function createAsk(api: AdminApi): Ask {
  return async <Answer>(
    method: 'GET' | 'POST',
    path: string,
    input: Readonly<Record<string, unknown>> = {},
  ) => {
    const given = Object.entries(input).filter(([, value]) => value !== undefined);
    const url = new URL(path, 'http://surety');
    if (method === 'GET') for (const [name, value] of given) url.searchParams.set(name, String(value));
    const body =
      method === 'POST'
        ? { body: JSON.stringify(Object.fromEntries(given)), headers: { 'content-type': 'application/json' } }
        : {};
    const response = await api.fetch(new Request(url, { method, ...body }));
    const answer: unknown = await response.json();
    if (!response.ok) throw refusal(response.status, answer);
    return answer as Answer;
  };
}

/** The API's own sentence. What it refuses to find is an answer (1); everything else could not be done (2). */
function refusal(status: number, problem: unknown): Exit {
  const { title, detail } = problem as { title?: string; detail?: string };
  return new Exit(status === 404 ? 1 : 2, [title, detail].filter(Boolean).join(' '));
}

/** The API behind a server's socket; undefined where no server listens. */
async function reachServer(socketPath: string): Promise<AdminApi | undefined> {
  if (!statSync(socketPath, { throwIfNoEntry: false })?.isSocket()) return undefined;
  const dispatcher = new Agent({ connect: { socketPath }, headersTimeout: 600_000, bodyTimeout: 600_000 });
  const send = async (method: string, path: string, body: string | null): Promise<Response> => {
    const answer = await request(`http://surety${path}`, {
      dispatcher,
      method: method === 'POST' ? 'POST' : 'GET',
      body,
      headers: body === null ? {} : { 'content-type': 'application/json' },
    });
    return new Response(await answer.body.text(), { status: answer.statusCode });
  };
  try {
    await send('GET', '/api/system', null);
  } catch {
    // A server that was killed left its socket; its lock went with it.
    await dispatcher.close();
    return undefined;
  }
  return {
    async fetch(asked) {
      const url = new URL(asked.url);
      return send(
        asked.method,
        url.pathname + url.search,
        asked.method === 'POST' ? await asked.text() : null,
      );
    },
    close: () => dispatcher.close(),
  };
}
