import type { FaultCode } from '../../kernel/index.ts';

export type Credential =
  | { readonly ok: true; readonly credential: string }
  | { readonly ok: false; readonly code: FaultCode };

type Place = 'authorization' | 'key';

/** The lengths differ, so most headers are passed over without comparing a letter. */
function placeOf(name: string): Place | undefined {
  switch (name.length) {
    case 13:
      return name.toLowerCase() === 'authorization' ? 'authorization' : undefined;
    case 9:
      return name.toLowerCase() === 'x-api-key' ? 'key' : undefined;
    case 7:
      return name.toLowerCase() === 'api-key' ? 'key' : undefined;
    default:
      return undefined;
  }
}

const bearer = /^Bearer +([\x21-\x7e]+)$/i;
const bare = /^[\x21-\x7e]+$/;

/**
 * The one credential of a request, from the header pairs as they came (`[name, value, name, value, …]`): joined or
 * deduplicated headers could hide a second one. Two credentials are refused even when they are equal: which of them another party
 * in front looked at is not known here. Only the shape is judged; whose the credential is, `identify` says.
 */
export function readCredential(rawHeaders: readonly string[]): Credential {
  let place: Place | undefined;
  let value = '';
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const found = placeOf(rawHeaders[index] as string);
    if (found === undefined) continue;
    if (place !== undefined) return { ok: false, code: 'credential.ambiguous' };
    place = found;
    value = rawHeaders[index + 1] as string;
  }
  if (place === undefined) return { ok: false, code: 'credential.missing' };
  const credential = place === 'authorization' ? bearer.exec(value)?.[1] : bare.exec(value)?.[0];
  return credential === undefined ? { ok: false, code: 'credential.malformed' } : { ok: true, credential };
}
