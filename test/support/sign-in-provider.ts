import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

/** A real identity provider on loopback: anybody may log in under any name; their groups are what the test says. */
export interface TestProvider {
  readonly issuer: string;
  readonly groups: Map<string, readonly string[]>;
  close(): Promise<void>;
}

export const testClient = { id: 'surety', secret: 'client-secret-1f9c0d3b' };

/** Cookie names the browser flow must survive: the provider's own stay the provider's. */
export async function startProvider(redirectUris: readonly string[]): Promise<TestProvider> {
  const groups = new Map<string, readonly string[]>();
  let handle: RequestListener = (_, response) => void response.end();
  const server = createServer((request, response) => handle(request, response));
  const issuer = await listen(server);
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: testClient.id,
        client_secret: testClient.secret,
        redirect_uris: [...redirectUris],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name', 'groups'] },
    // In the ID token itself, as most companies' providers give them.
    conformIdTokenClaims: false,
    cookies: { keys: ['test'] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `${id} Example`, groups: [...(groups.get(id) ?? [])] }),
    }),
  });
  // What the provider warns of (development keys, its own pages) is meant here.
  provider.on('server_error', (_context, error) => {
    throw error;
  });
  handle = (request, response) => void provider.callback()(request, response);
  return { issuer, groups, close: () => close(server) };
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Logs in as a person would, page by page, and gives where the provider sends the browser back to. */
export async function logIn(authorizationUrl: string, name: string): Promise<URL> {
  const jar = new Map<string, string>();
  let url = new URL(authorizationUrl);
  let form: URLSearchParams | undefined;
  const { origin } = url;
  for (let step = 0; step < 20; step++) {
    const cookie = [...jar].map(([key, value]) => `${key}=${value}`).join('; ');
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form && { method: 'POST', body: form }),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [pair = ''] = set.split(';', 1);
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const text = await answer.text();
    const location = answer.headers.get('location');
    form = undefined;
    if (location !== null) {
      url = new URL(location, url);
      if (url.origin !== origin) return url;
      continue;
    }
    const action = /action="([^"]+)"/.exec(text)?.[1];
    const prompt = /name="prompt" value="(\w+)"/.exec(text)?.[1];
    if (action === undefined || prompt === undefined)
      throw new Error(`the provider shows something else: ${text.slice(0, 300)}`);
    url = new URL(action, url);
    form = new URLSearchParams({ prompt, ...(prompt === 'login' && { login: name, password: 'x' }) });
  }
  throw new Error('the login goes round in circles');
}
