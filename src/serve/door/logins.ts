import { hash, randomBytes } from 'node:crypto';
import type { Login } from './oidc.ts';

const mostLogins = 1024;
export const loginMs = 600_000;

/** Logins under way at the identity provider, each bound to the browser that began it by a cookie, and taken once. */
export interface Logins {
  /** The cookie's value. */
  put(login: Login): string;
  take(cookie: string): Login | undefined;
}

export function createLogins(now: () => number): Logins {
  const logins = new Map<string, { readonly login: Login; readonly until: number }>();
  const keyOf = (cookie: string): string => hash('sha256', cookie, 'base64url');
  return {
    put(login) {
      const cookie = randomBytes(32).toString('base64url');
      const [oldest] = logins.keys();
      if (logins.size >= mostLogins && oldest !== undefined) logins.delete(oldest);
      logins.set(keyOf(cookie), { login, until: now() + loginMs });
      return cookie;
    },
    take(cookie) {
      const key = keyOf(cookie);
      const found = logins.get(key);
      logins.delete(key);
      return found && now() < found.until ? found.login : undefined;
    },
  };
}
