import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKeyPairSync } from 'node:crypto';
import { Provider, type Configuration, type JWK } from 'oidc-provider';

/** A real OpenID provider on this machine. */
export interface IdentityProvider {
  readonly issuer: string;
  /** An access token (RFC 9068) of a program, by its client credentials. */
  issueToken(): Promise<string>;
  /** Signs with another key from now on, and publishes no other. */
  rotate(): void;
  /** Answers nobody until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const client = { id: 'batch-jobs', secret: 'client-secret-canary-77aa' };

function createKey(number: number): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid: `key-${number}`, alg: 'ES256', use: 'sig' };
}

const configuration = (key: JWK): Configuration => ({
  clients: [
    {
      client_id: client.id,
      client_secret: client.secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  jwks: { keys: [key] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:ai',
      getResourceServerInfo: () => ({
        scope: 'call',
        audience: 'ai',
        accessTokenTTL: 600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  extraTokenClaims: () => ({ groups: ['ai-developers'], department: 'research' }),
});

export async function startIdentityProvider(): Promise<IdentityProvider> {
  let handle: ReturnType<Provider['callback']> | undefined;
  let rotations = 0;
  let server: Server;
  const listen = (port: number): Promise<number> =>
    new Promise((resolve) => {
      server = createServer((request, response) => void handle?.(request, response));
      server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  const port = await listen(0);
  const issuer = `http://127.0.0.1:${port}`;
  const rotate = (): void => {
    handle = new Provider(issuer, configuration(createKey(++rotations))).callback();
  };
  rotate();

  return {
    issuer,
    rotate,
    async issueToken() {
      const answer = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'call' }),
      });
      const { access_token: token, ...rest } = (await answer.json()) as { access_token?: string };
      if (!token) throw new Error(`the identity provider answered ${answer.status} ${JSON.stringify(rest)}`);
      return token;
    },
    async stop() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
    async start() {
      await listen(port);
    },
  };
}
