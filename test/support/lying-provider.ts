import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { close, listen, testClient } from './sign-in-provider.ts';

/** What a lying provider says otherwise than it should. */
export interface Lies {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Signs with a key that is not published. */
  readonly otherKey?: boolean;
  readonly unsigned?: boolean;
  readonly discovery?: Readonly<Record<string, unknown>>;
  readonly status?: number;
  readonly body?: string;
}

/** An identity provider that takes every code and says what the test wants. */
export interface LyingProvider {
  readonly issuer: string;
  lies: Lies;
  /** Of the authorization request under way. */
  nonce: string;
  close(): Promise<void>;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

export async function startLyingProvider(): Promise<LyingProvider> {
  const key = pair();
  const stranger = pair();
  const jwk = { ...key.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' };

  const idToken = ({ claims, header, otherKey, unsigned }: Lies): string => {
    const now = Math.floor(Date.now() / 1000);
    const head = part({ alg: 'RS256', kid: 'k', typ: 'JWT', ...header });
    const body = part({
      iss: provider.issuer,
      aud: testClient.id,
      sub: 'ada',
      iat: now,
      exp: now + 300,
      nonce: provider.nonce,
      name: 'Ada Example',
      groups: ['admins'],
      ...claims,
    });
    if (unsigned) return `${part({ alg: 'none' })}.${body}.`;
    const signature = sign('sha256', Buffer.from(`${head}.${body}`), (otherKey ? stranger : key).privateKey);
    return `${head}.${body}.${signature.toString('base64url')}`;
  };

  const answers: Readonly<Record<string, () => object>> = {
    '/.well-known/openid-configuration': () => ({
      issuer: provider.issuer,
      authorization_endpoint: `${provider.issuer}/auth`,
      token_endpoint: `${provider.issuer}/token`,
      jwks_uri: `${provider.issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: true,
      ...provider.lies.discovery,
    }),
    '/jwks': () => ({ keys: [jwk] }),
    '/token': () => ({
      access_token: 'a',
      token_type: 'Bearer',
      expires_in: 60,
      id_token: idToken(provider.lies),
    }),
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { status = 200, body } = provider.lies;
    const answer = answers[request.url ?? ''];
    const text = body ?? JSON.stringify(answer?.() ?? {});
    response.writeHead(answer ? status : 404, { 'content-type': 'application/json' }).end(text);
  });
  const provider: LyingProvider = {
    issuer: await listen(server),
    lies: {},
    nonce: '',
    close: () => close(server),
  };
  return provider;
}
