import * as client from 'openid-client';
import type { OidcSection } from '../../enforce/identity/index.ts';
import { Fault, type Log, type Secret } from '../../kernel/index.ts';
import { createDownload, type Download, DownloadFailed } from '../../outbound/index.ts';

const bounds = { maxBytes: 262_144, timeoutMs: 10_000 };
const mediaTypes = ['application/json', 'application/jwk-set+json', 'application/jwt'];
/** How long what discovery said is believed. */
const freshMs = 3_600_000;
const mostValues = 1000;
const longestValue = 200;

/** What the browser takes along to the provider, and what stays here until it comes back. */
export interface Login {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Somebody the provider vouched for. */
export interface ProvidedUser {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string | undefined;
  readonly values: readonly string[];
}

export interface IdentityProvider {
  /** Where the browser is sent for this login. */
  begin(redirectUri: string, login: Login): Promise<string>;
  /** Throws Fault `operator.identity-provider`, whatever was wrong; the log says what. */
  finish(callback: URL, login: Login): Promise<ProvidedUser>;
  close(): Promise<void>;
}

export interface IdentityProviderOptions {
  readonly section: OidcSection;
  readonly secret: () => Promise<Secret | undefined>;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * OpenID Connect: authorization code with PKCE (RFC 7636), state and nonce; the issuer is checked in the answer (RFC 9207) and in the
 * ID token, whose signature is checked too, although it comes over TLS. Nothing of the provider's errors is shown.
 */
export function createIdentityProvider(options: IdentityProviderOptions): IdentityProvider {
  const { section, log } = options;
  const { private: isPrivate, proxy, ca } = section;
  const reach = {
    private: isPrivate,
    ...(proxy !== undefined && { proxy }),
    ...(ca !== undefined && { ca }),
  };
  const download = createDownload({ name: 'the identity provider of operators', reach, bounds });
  const configure = createConfigure(options, download);

  async function attempt<Result>(step: string, run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (cause) {
      if (cause instanceof Fault) throw cause;
      log.warn('a sign-in with the identity provider failed', { step, problem: problemOf(cause) });
      throw new Fault('operator.identity-provider', { cause });
    }
  }

  return {
    begin: (redirectUri, login) =>
      attempt('begin', async () => {
        const configuration = await configure();
        const url = client.buildAuthorizationUrl(configuration, {
          redirect_uri: redirectUri,
          scope: section.scopes.join(' '),
          code_challenge: await client.calculatePKCECodeChallenge(login.verifier),
          code_challenge_method: 'S256',
          state: login.state,
          nonce: login.nonce,
        });
        return url.href;
      }),
    finish: (callback, { state, nonce, verifier }) =>
      attempt('finish', async () => {
        const configuration = await configure();
        const tokens = await client.authorizationCodeGrant(configuration, callback, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (!claims) throw new Error('no ID token');
        checkClaims(claims);
        const value =
          claims[section.claim] ??
          (await readUserInfo(configuration, { accessToken: tokens.access_token, subject: claims.sub }))[
            section.claim
          ];
        return {
          issuer: section.issuer,
          subject: claims.sub,
          name: firstText(claims['name'], claims['preferred_username']),
          values: textsOf(value),
        };
      }),
    close: () => download.close(),
  };
}

/** A machine's clock may be this much behind the provider's. */
const clockSkewSeconds = 60;
/** OpenID Connect Core, section 2: at most 255 characters, of ASCII. */
const subjectShape = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/**
 * What the library leaves open: a subject that names nobody or never ends, a token from the future, one that ends before it begins. By the time the
 * library goes by as well.
 */
function checkClaims({ sub, iat, exp }: client.IDToken): void {
  if (typeof sub !== 'string' || !subjectShape.test(sub)) throw new ClaimRefused('SUB');
  const latest = Date.now() / 1000 + clockSkewSeconds;
  if (!Number.isFinite(iat) || iat < 0 || iat > latest) throw new ClaimRefused('IAT');
  if (!Number.isFinite(exp) || exp <= iat) throw new ClaimRefused('EXP');
}

class ClaimRefused extends Error {
  readonly code: string;
  constructor(claim: string) {
    super('a claim of the ID token is refused');
    this.code = `CLAIM_${claim}`;
  }
}

/** Discovery, asked again after a while, and after it failed. */
function createConfigure({ section, secret, now }: IdentityProviderOptions, download: Download) {
  let known: { readonly configuration: Promise<client.Configuration>; readonly until: number } | undefined;

  const customFetch: client.CustomFetch = async (url, { method, headers, body, signal }) => {
    const answer = await download.fetch({
      url,
      method: method === 'POST' ? 'POST' : 'GET',
      headers,
      mediaTypes,
      ...(signal && { signal }),
      ...(body !== null && body !== undefined && { body: String(body as URLSearchParams) }),
    });
    const fields = Object.entries(answer.headers).filter(
      (field): field is [string, string] => typeof field[1] === 'string',
    );
    return new Response(answer.status === 204 ? null : new Uint8Array(answer.body), {
      status: answer.status,
      headers: fields,
    });
  };

  async function discover(): Promise<client.Configuration> {
    const revealed = (await secret())?.reveal();
    const authentication = revealed === undefined ? client.None() : client.ClientSecretBasic(revealed);
    const configuration = await client.discovery(
      new URL(section.issuer),
      section.client,
      undefined,
      authentication,
      {
        [client.customFetch]: customFetch,
        timeout: bounds.timeoutMs / 1000,
        // Plain http only where the policy says private: true; the download refuses it elsewhere as well.
        execute: section.private ? [client.allowInsecureRequests] : [],
      },
    );
    client.enableNonRepudiationChecks(configuration);
    return configuration;
  }

  return async (): Promise<client.Configuration> => {
    if (!known || now() >= known.until) known = { configuration: discover(), until: now() + freshMs };
    try {
      return await known.configuration;
    } catch (error) {
      known = undefined;
      throw error;
    }
  };
}

/** Some providers tell groups only when asked for the user. */
async function readUserInfo(
  configuration: client.Configuration,
  { accessToken, subject }: { accessToken: string; subject: string },
): Promise<Readonly<Record<string, unknown>>> {
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return {};
  return { ...(await client.fetchUserInfo(configuration, accessToken, subject)) };
}

/** What is no text, or longer than any value a policy can name, is left out: it gives no role. */
function textsOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list
    .slice(0, mostValues)
    .filter((item): item is string => typeof item === 'string' && item.length <= longestValue);
}

function firstText(...values: readonly unknown[]): string | undefined {
  return values.find((value) => typeof value === 'string' && value.trim() !== '') as string | undefined;
}

/** A closed word about what went wrong; messages may quote what the provider wrote. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof DownloadFailed) return `download ${cause.reason}`;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return /^[\w.-]{1,60}$/.test(code) ? code : 'unknown';
}
