import { Fault, formatDuration } from '../../kernel/index.ts';
import { parseAddressRange } from '../../policy/index.ts';
import type { CreateKey } from './identity.ts';
import type { KeyPolicy } from './administration-options.ts';

const longestName = 100;
const longestOwner = 200;
const mostAddresses = 64;

/** Control and format characters (also those that turn the writing direction) could make a list of keys read as another. */
const invisible = /\p{C}/u;

function refuse(place: string, problem: string): never {
  throw new Fault('api.invalid', { detail: `${place}: ${problem}.` });
}

export function checkText(place: string, text: string, longest: number): void {
  if (text.trim() === '') refuse(place, 'it is empty');
  if (text !== text.trim()) refuse(place, 'it begins or ends with a space');
  if (text.length > longest) refuse(place, `it is longer than ${longest} characters`);
  if (invisible.test(text)) refuse(place, 'it holds control characters');
}

function normalizeAddresses(ranges: readonly string[]): readonly string[] {
  if (ranges.length === 0)
    refuse('addresses', 'the list is empty, so no address could use the key; leave it out for any');
  if (ranges.length > mostAddresses) refuse('addresses', `there are more than ${mostAddresses}`);
  return ranges.map((text, index) => {
    const result = parseAddressRange(text);
    return result.ok ? result.range : refuse(`addresses[${index}]`, result.problem);
  });
}

function checkLifetime(expiresInMs: number, longestMs: number): void {
  if (!Number.isSafeInteger(expiresInMs) || expiresInMs < 1) refuse('expires', 'it is not a time to come');
  if (expiresInMs > longestMs) refuse('expires', `the policy allows ${formatDuration(longestMs)} at most`);
}

/** The request with its addresses normalized; Fault `api.invalid` naming the place where it is not valid. */
export function checkCreateKey(request: CreateKey, policy: KeyPolicy): CreateKey {
  checkText('name', request.name, longestName);
  if (request.owner !== undefined) checkText('owner', request.owner, longestOwner);
  const known = policy.roles.names.join(', ') || 'none';
  if (!policy.roles.has(request.role)) refuse('role', `the policy has no such role (it has: ${known})`);
  if (request.team !== undefined && !policy.teams.has(request.team)) {
    const teams = policy.teams.names.join(', ') || 'none';
    refuse('team', `the policy has no such team (it has: ${teams})`);
  }
  checkLifetime(request.expiresInMs, policy.longestKeyMs);
  const { addresses } = request;
  return addresses === undefined ? request : { ...request, addresses: normalizeAddresses(addresses) };
}
