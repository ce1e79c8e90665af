/** The two cookies of the console. `__Host-` binds them to the host and to TLS; plain loopback http cannot have it. */
export type CookieName = 'session' | 'login';

function cookieName(name: CookieName, secure: boolean): string {
  return `${secure ? '__Host-' : ''}surety-${name}`;
}

export function isSecure(origin: string): boolean {
  return origin.startsWith('https:');
}

/** The value of our cookie; undefined where it is missing, or there twice (of which another party could have set one). */
export function readCookie(headers: Headers, name: CookieName, origin: string): string | undefined {
  const wanted = cookieName(name, isSecure(origin));
  const values = (headers.get('cookie') ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${wanted}=`))
    .map((pair) => pair.slice(wanted.length + 1));
  const [value] = values;
  return values.length === 1 && value !== undefined && /^[\w-]{1,128}$/.test(value) ? value : undefined;
}

export interface CookieToSet {
  readonly name: CookieName;
  readonly value: string;
  readonly seconds: number;
  readonly origin: string;
}

/**
 * The session comes with no request of another site (SameSite=Strict). The login's state must come back with the identity provider's
 * redirect, which is one (Lax), and opens nothing by itself.
 */
export function writeCookie({ name, value, seconds, origin }: CookieToSet): string {
  const secure = isSecure(origin);
  const site = name === 'session' ? 'Strict' : 'Lax';
  const parts = [
    `${cookieName(name, secure)}=${value}`,
    'Path=/',
    `Max-Age=${Math.max(0, Math.floor(seconds))}`,
  ];
  parts.push('HttpOnly', `SameSite=${site}`);
  if (secure) parts.push('Secure');
  return parts.join('; ');
}

export const dropCookie = (name: CookieName, origin: string): string =>
  writeCookie({ name, value: '', seconds: 0, origin });
