import type { Operator, Operators } from '../../enforce/identity/index.ts';
import {
  addressSubject,
  asFault,
  type Clock,
  createFailureCounter,
  Fault,
  type FaultCode,
} from '../../kernel/index.ts';
import { canonicalAddress, compileAddressRanges, forwardedAddress } from '../../policy/index.ts';
import type { AdminApi } from '../api/api.ts';
import { problem } from '../api/problem.ts';
import type { Door as ApiDoor } from '../api/route.ts';
import { createBrowser } from './browser.ts';
import { dropCookie, readCookie, writeCookie } from './cookies.ts';
import type { IdentityProvider } from './oidc.ts';
import { type Arrival, originOf, requireOwnSite } from './origins.ts';

export interface DoorOptions {
  readonly api: AdminApi;
  readonly operators: Operators;
  system(): string;
  provider(): IdentityProvider | undefined;
  readonly clock: Clock;
  /** Records that a sign-in or key was refused; floods of it are counted. */
  refused(told: { code: FaultCode; address: string }): void;
}

export interface Door {
  fetch(request: Request, from: Arrival & { readonly remoteAddress: string }): Promise<Response>;
}

/** Nothing else may be loaded, framed, kept or guessed at. */
const answerHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // With no-referrer browsers say "Origin: null" on our own forms.
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
  'x-frame-options': 'DENY',
};

/** Of an address (an IPv6 /64). The key that is right goes on, whoever else fails beside it. */
const failureRate = { amount: 10, perMs: 60_000 };

/** The proxies of the policy in force, compiled once for each. */
function createProxyTest(operators: Operators): (address: string) => boolean {
  let held: { readonly of: readonly string[]; readonly test: (address: string) => boolean } | undefined;
  return (address) => {
    const { proxies } = operators.policy().section;
    if (held?.of !== proxies) held = { of: proxies, test: compileAddressRanges(proxies) };
    return held.test(address);
  };
}

export function createDoor(options: DoorOptions): Door {
  const { api, operators, clock, refused } = options;
  const { now } = clock;
  const browser = createBrowser({ ...options, now });
  const failures = createFailureCounter(clock, () => failureRate);
  const isProxy = createProxyTest(operators);

  /** Counts one more failure, or says how long it is too many. */
  function countFailure(address: string): number | undefined {
    failures.tidy();
    const subject = addressSubject(address);
    const waitMs = failures.waitMs(subject);
    if (waitMs > 0) return waitMs;
    failures.count(subject);
    return undefined;
  }

  /** Who asks, by key or by cookie; a request with both says two things. */
  function identify(
    request: Request,
    origin: string,
  ): { operator?: Operator; wrongKey: boolean; byCookie: boolean } {
    const authorization = request.headers.get('authorization');
    const token = readCookie(request.headers, 'session', origin);
    if (authorization !== null) {
      if (token !== undefined) throw new Fault('credential.ambiguous');
      const key = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization)?.[1];
      const operator = key === undefined ? undefined : operators.sessions.byKey(key);
      return { wrongKey: !operator, byCookie: false, ...(operator && { operator }) };
    }
    const operator = token === undefined ? undefined : operators.sessions.byToken(token);
    return { wrongKey: false, byCookie: token !== undefined, ...(operator && { operator }) };
  }

  function refuseCredential(address: string): never {
    const wait = countFailure(address);
    refused({ code: 'operator.credential', address });
    if (wait !== undefined) throw new Fault('operator.too-many', { retryAfterMs: wait });
    throw new Fault('operator.credential');
  }

  async function answer(
    request: Request,
    from: Parameters<Door['fetch']>[1],
    cookies: string[],
  ): Promise<Response> {
    const origin = originOf(request.headers.get('host'), operators.policy().section.address, from);
    const url = new URL(request.url);
    const { operator, wrongKey, byCookie } = identify(request, origin);
    const isApi = url.pathname.startsWith('/api/');
    requireOwnSite({
      method: request.method,
      headers: request.headers,
      origin,
      byCookie,
      isNavigation: !isApi,
    });
    const peer = canonicalAddress(from.remoteAddress) ?? from.remoteAddress;
    const address = forwardedAddress(peer, [request.headers.get('x-forwarded-for') ?? ''], isProxy);
    if (wrongKey) refuseCredential(address);
    const door: ApiDoor = {
      startSession({ token, expiresAt }) {
        const seconds = (expiresAt - now()) / 1000;
        cookies.push(writeCookie({ name: 'session', value: token.reveal(), seconds, origin }));
      },
      endSession: () => void cookies.push(dropCookie('session', origin)),
      refuseCredential: () => refuseCredential(address),
    };
    if (isApi) return api.fetch(request, { operator, door });
    const page = browser({ request, url, origin, operator, door });
    return (await page) ?? problem(new Fault('api.not-found'));
  }

  return {
    async fetch(request, from) {
      const cookies: string[] = [];
      const made = await answer(request, from, cookies).catch((error: unknown) => problem(asFault(error)));
      const headers = new Headers(made.headers);
      for (const [name, value] of Object.entries(answerHeaders))
        if (!headers.has(name)) headers.set(name, value);
      for (const cookie of cookies) headers.append('set-cookie', cookie);
      return new Response(made.body, { status: made.status, headers });
    },
  };
}
