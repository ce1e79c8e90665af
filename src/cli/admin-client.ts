import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import {
  type ClientRequest,
  type IncomingMessage,
  request as requestHttp,
  type RequestOptions,
} from 'node:http';
import { request as requestHttps } from 'node:https';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type AdminApi, type CommandContext, Exit } from './context.ts';

export interface DataOptions {
  readonly data: string;
  readonly policy?: string;
  /** Makes the data folder where it is missing; for the commands that begin something. */
  readonly create?: boolean;
  /** The console port of a server elsewhere, asked as the operator whose key stands in the file. */
  readonly server?: string;
  readonly keyFile?: string;
  /** The reason for which a change is made alone, where a second person would be needed. */
  readonly breakGlass?: string;
}

/** Asks the admin API: through the socket of a running server where there is one, else in process under the folder's lock. */
export async function withAdminApi<Result>(
  { rooms }: CommandContext,
  { data, policy, create = false, server, keyFile, breakGlass }: DataOptions,
  use: (ask: Ask, download: Download) => Promise<Result>,
): Promise<Result> {
  const api =
    reachConsole(server, keyFile) ??
    (await reachServer(join(data, 'surety.sock'))) ??
    (await rooms.openInProcess({ dataFolder: data, policyFile: policy, create }));
  try {
    return await use(createAsk(api, breakGlass), createDownload(api, breakGlass));
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

/** A file that the API sends as it is made. */
export type Download = (
  path: string,
  input: Readonly<Record<string, unknown>>,
) => Promise<AsyncIterable<Uint8Array>>;

type Sending = Pick<AdminApi, 'fetch'>;

async function put(
  api: Sending,
  asked: { method: 'GET' | 'POST'; path: string; input: Readonly<Record<string, unknown>> },
  breakGlass: string | undefined,
): Promise<Response> {
  const { method, path, input } = asked;
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const url = new URL(path, 'http://surety');
  if (method === 'GET') for (const [name, value] of given) url.searchParams.set(name, String(value));
  const headers = new Headers();
  if (method === 'POST' && breakGlass !== undefined) headers.set('surety-break-glass', breakGlass);
  // Who names a thing on the command line means it as it is now.
  if (method === 'POST') headers.set('if-match', '*');
  if (method === 'POST') headers.set('content-type', 'application/json');
  const body = method === 'POST' ? { body: JSON.stringify(Object.fromEntries(given)) } : {};
  const response = await api.fetch(new Request(url, { method, headers, ...body }));
  if (response.status === 202)
    throw new Waits((await response.json()) as { request: string; expiresAt: string });
  if (!response.ok) throw refusal(response.status, await response.json());
  return response;
}

function createAsk(api: Sending, breakGlass: string | undefined): Ask {
  return async <Answer>(
    method: 'GET' | 'POST',
    path: string,
    input: Readonly<Record<string, unknown>> = {},
  ) => (await (await put(api, { method, path, input }, breakGlass)).json()) as Answer;
}

function createDownload(api: Sending, breakGlass: string | undefined): Download {
  return async (path, input) => {
    const { body } = await put(api, { method: 'POST', path, input }, breakGlass);
    if (!body) throw new Exit(2, 'The server sent nothing.');
    return unbroken(body);
  };
}

/** A stream that breaks off is said to have, in words. */
async function* unbroken(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch {
    throw new Exit(2, 'It broke off before its end: ask for it again.');
  }
}

/** The API's own sentence. What it refuses to find is an answer (1); everything else could not be done (2). */
function refusal(status: number, problem: unknown): Exit {
  const { title, detail } = problem as { title?: string; detail?: string };
  return new Exit(status === 404 ? 1 : 2, [title, detail].filter(Boolean).join(' '));
}

/** Not done: a script must not take it for done. */
export class Waits extends Exit {
  readonly request: string;
  readonly expiresAt: string;

  constructor({ request, expiresAt }: { request: string; expiresAt: string }) {
    super(
      1,
      `This needs a second person. It waits as ${request} until ${expiresAt}; another operator approves it (surety approvals approve ${request}).\n` +
        'Where there is nobody to approve, the command with --break-glass lockout (or another reason of the policy) does it at once, with an alert.',
    );
    this.request = request;
    this.expiresAt = expiresAt;
  }
}

/** The console port of a server, as an operator; undefined where none is named. */
function reachConsole(server: string | undefined, keyFile: string | undefined): AdminApi | undefined {
  if (server === undefined && keyFile === undefined) return undefined;
  if (server === undefined || keyFile === undefined)
    throw new Exit(2, '--server and --key-file go together.');
  const base = URL.canParse(server) ? new URL(server) : undefined;
  const plain = base?.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(base.hostname);
  if (!base || !(base.protocol === 'https:' || plain))
    throw new Exit(
      2,
      '--server takes an https URL, or an http one of this machine: the key would be read on its way.',
    );
  const key = readKey(keyFile);
  const speak = base.protocol === 'https:' ? requestHttps : requestHttp;
  return {
    async fetch(asked) {
      try {
        return await send((options) => speak(base, options), asked, {
          authorization: `Bearer ${key}`,
        });
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
        throw new Exit(2, `${base.origin} does not answer (${code}).`);
      }
    },
    close: async () => {},
  };
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Exit(2, `${file} cannot be read.`);
  }
}

/** The API behind a server's socket; undefined where no server listens. */
async function reachServer(socketPath: string): Promise<AdminApi | undefined> {
  if (!statSync(socketPath, { throwIfNoEntry: false })?.isSocket()) return undefined;
  const fetch = (asked: Request): Promise<Response> =>
    send((options) => requestHttp({ ...options, socketPath }), asked);
  try {
    await (await fetch(new Request('http://surety/api/system'))).arrayBuffer();
  } catch {
    // A server that was killed left its socket; its lock went with it.
    return undefined;
  }
  return { fetch, close: async () => {} };
}

/** How long a server may be silent. */
const silenceMs = 600_000;

/** Sends a request over node:http, which is there already: with a client of its own a command would take twice as long to start. */
async function send(
  open: (options: RequestOptions) => ClientRequest,
  asked: Request,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { pathname, search } = new URL(asked.url);
  const body = asked.method === 'POST' ? Buffer.from(await asked.arrayBuffer()) : undefined;
  const headers = {
    ...Object.fromEntries(asked.headers),
    ...(body && { 'content-length': String(body.length) }),
    ...more,
  };
  // A connection each: one that is kept may be closed by the server just when the next request goes out, and not every request can be sent twice.
  const request = open({ method: asked.method, path: pathname + search, headers, agent: false });
  request.setTimeout(silenceMs, () => request.destroy(new Error('The server kept silent.')));
  // Once the head of the answer is there, the answer itself tells of what goes wrong.
  request.on('error', () => {});
  request.end(body);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return new Response(Readable.toWeb(answer) as ReadableStream, { status: answer.statusCode ?? 500 });
}
