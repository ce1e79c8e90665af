import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Login } from './oidc.ts';

export const loginMs = 600_000;
const bodyBytes = 16;
const timeBytes = 6;
const maxTaken = 16_384;

/**
 * Logins under way at the identity provider, each bound to the browser that began it by a cookie, and taken once. Everything about a login is
 * worked out from its cookie and a key of this process, so that beginning one keeps nothing here: nobody can fill a table of logins, or push
 * another's out of it, and nobody has to be kept from beginning.
 */
export interface Logins {
  begin(): { readonly cookie: string; readonly login: Login };
  take(cookie: string): Login | undefined;
}

export function createLogins(now: () => number): Logins {
  const key = randomBytes(32);
  const taken = new Map<string, number>();
  const derive = (use: string, body: Buffer): Buffer =>
    createHmac('sha256', key).update(use).update(body).digest();
  const sealOf = (body: Buffer): Buffer => derive('seal', body).subarray(0, bodyBytes);
  const loginOf = (body: Buffer): Login => ({
    state: derive('state', body).toString('base64url'),
    nonce: derive('nonce', body).toString('base64url'),
    verifier: derive('verifier', body).toString('base64url'),
  });

  /** Those of the same ten minutes; a provider takes a code once as well. */
  function noteTaken(body: Buffer, until: number): boolean {
    const id = body.toString('base64url');
    if (taken.has(id)) return false;
    for (const [other, end] of taken) {
      if (end > now() && taken.size < maxTaken) break;
      taken.delete(other);
    }
    taken.set(id, until);
    return true;
  }

  return {
    begin() {
      const body = randomBytes(bodyBytes);
      body.writeUIntBE(now() + loginMs, 0, timeBytes);
      const cookie = Buffer.concat([body, sealOf(body)]).toString('base64url');
      return { cookie, login: loginOf(body) };
    },
    take(cookie) {
      const bytes = Buffer.from(cookie, 'base64url');
      if (bytes.length !== 2 * bodyBytes || bytes.toString('base64url') !== cookie) return undefined;
      const body = bytes.subarray(0, bodyBytes);
      if (!timingSafeEqual(bytes.subarray(bodyBytes), sealOf(body))) return undefined;
      const until = body.readUIntBE(0, timeBytes);
      return now() < until && noteTaken(body, until) ? loginOf(body) : undefined;
    },
  };
}
