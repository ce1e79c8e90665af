import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Which addresses a service may have. Threat: a name in the policy that resolves to something inside (server-side request forgery),
 * also only at the second look (DNS rebinding): so the address that is checked is the address that is connected to.
 */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/**
 * What `private: true` opens, and nothing else: link-local is where clouds keep their metadata and its credentials, and an address that
 * carries another inside (NAT64, 6to4, Teredo) leads wherever that one does.
 */
const privateRanges = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** Public addresses always; private and loopback ones only where the policy says `private: true`. */
export function isAllowedAddress(address: string, isPrivate: boolean): boolean {
  if (!ipaddr.isValid(address)) return false;
  const range = ipaddr.process(address).range();
  if (range === 'unicast') return true;
  return isPrivate && privateRanges.has(range);
}

/** A host that is written as an address is not looked up, so it is checked here. */
export function refuseLiteral(hostname: string, isPrivate: boolean): AddressRefused | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare) === 0 || isAllowedAddress(bare, isPrivate)) return undefined;
  return new AddressRefused('the address is not allowed');
}

/** `dns.lookup` that gives only allowed addresses, and an error when one name has none. */
export function guardedLookup(isPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    const all: LookupAllOptions = { ...options, all: true };
    lookup(hostname, all, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, '', 4);
      const allowed = addresses.filter(({ address }) => isAllowedAddress(address, isPrivate));
      const [first] = allowed;
      if (!first) return callback(new AddressRefused('no address of the name is allowed'), '', 4);
      return options.all ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}
