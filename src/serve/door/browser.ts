import type { BegunSession, Operator, Operators } from '../../enforce/identity/index.ts';
import { asFault, Fault } from '../../kernel/index.ts';
import { readText } from '../api/body.ts';
import type { Door as ApiDoor } from '../api/route.ts';
import { dropCookie, readCookie, writeCookie } from './cookies.ts';
import { createLogins, loginMs } from './logins.ts';
import type { IdentityProvider } from './oidc.ts';
import { onwardPage, pageHeaders, problemPage, signedInPage, signInPage } from './page.ts';

export interface BrowserOptions {
  readonly operators: Operators;
  /** What the system is called. */
  system(): string;
  /** The provider the policy names now. */
  provider(): IdentityProvider | undefined;
  readonly now: () => number;
}

/** A request of a browser, its host and origin checked. */
export interface Visit {
  readonly request: Request;
  readonly url: URL;
  readonly origin: string;
  readonly operator: Operator | undefined;
  readonly door: ApiDoor;
}

type Handle = (visit: Visit) => Promise<Response>;

export const callbackPath = '/sign-in/callback';
const longestForm = 4096;

const redirect = (to: string): Response => new Response(null, { status: 303, headers: { location: to } });
const show = (text: string, status = 200): Response => new Response(text, { status, headers: pageHeaders });

/** The few pages a person meets: sign in, who is signed in, sign out. */
export function createBrowser(options: BrowserOptions): (visit: Visit) => Promise<Response> | undefined {
  const { operators, system, provider } = options;
  const showSignIn = (problem?: Fault): Response => {
    const { oidc } = operators.policy().section;
    const name = oidc && new URL(oidc.issuer).host;
    return show(
      signInPage({ system: system(), oidc: name, problem: problem?.message }),
      problem?.status ?? 200,
    );
  };

  const routes: Readonly<Record<string, Handle>> = {
    'GET /': async ({ operator }) => {
      const sessions = operators.sessions.list();
      const session = sessions.find(({ id }) => id === operator?.sessionId);
      if (!operator || !session) return redirect('/sign-in');
      const { id, name = id, roles } = operator;
      return show(signedInPage({ system: system(), id, name, roles, until: session.expiresAt }));
    },
    'GET /sign-in': async ({ operator }) =>
      operator?.sessionId === undefined ? showSignIn() : redirect('/'),
    'POST /sign-in': async ({ request, operator, door }) => {
      const form = new URLSearchParams(await readText(request, longestForm));
      const begun = await operators.sessions.signIn(form.get('key') ?? '');
      if (!begun) return door.refuseCredential();
      await replaceSession(operator, begun, door);
      return redirect('/');
    },
    'POST /sign-out': async ({ operator, door }) => {
      if (operator?.sessionId !== undefined) await operators.sessions.end(operator.sessionId);
      door.endSession();
      return redirect('/sign-in');
    },
    ...createLoginRoutes(options, replaceSession),
  };

  /** Whoever signs in gets a new session: one that somebody else put into the browser is of no use to them. */
  async function replaceSession(
    operator: Operator | undefined,
    begun: BegunSession,
    door: ApiDoor,
  ): Promise<void> {
    if (operator?.sessionId !== undefined) await operators.sessions.end(operator.sessionId);
    door.startSession(begun);
  }

  return (visit) => {
    const { request, url } = visit;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const handle = routes[`${method} ${url.pathname}`];
    return handle?.(visit).catch((error: unknown) => {
      const fault = asFault(error);
      if (url.pathname === '/sign-in') return showSignIn(fault);
      const { message: problem, action, status } = fault;
      return show(problemPage({ system: system(), problem, action }), status);
    });
  };

  function createLoginRoutes(
    { now }: BrowserOptions,
    finish: typeof replaceSession,
  ): Readonly<Record<string, Handle>> {
    const logins = createLogins(now);
    const requireProvider = (): IdentityProvider => {
      const found = provider();
      if (!found) throw new Fault('api.not-found', { detail: 'The policy names no identity provider.' });
      return found;
    };
    return {
      'GET /sign-in/oidc': async ({ origin }) => {
        const found = requireProvider();
        const { address } = operators.policy().section;
        // The provider sends browsers back to the policy's address alone; a login begun elsewhere would not find its cookie.
        if (address !== undefined && origin !== address) return redirect(`${address}/sign-in/oidc`);
        const { cookie: value, login } = logins.begin();
        const url = await found.begin(`${origin}${callbackPath}`, login);
        const cookie = { name: 'login', value, seconds: loginMs / 1000, origin } as const;
        return new Response(null, {
          status: 303,
          headers: { location: url, 'set-cookie': writeCookie(cookie) },
        });
      },
      [`GET ${callbackPath}`]: async ({ request, url, origin, operator, door }) => {
        const cookie = readCookie(request.headers, 'login', origin);
        const login = cookie === undefined ? undefined : logins.take(cookie);
        if (!login) throw new Fault('operator.sign-in-lost');
        const user = await requireProvider().finish(new URL(url.pathname + url.search, origin), login);
        await finish(operator, await operators.signInProvided(user), door);
        const answer = show(onwardPage(system()));
        answer.headers.append('set-cookie', dropCookie('login', origin));
        return answer;
      },
    };
  }
}
