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

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Whether an address lies in one of some ranges, which stand in a text with blanks between them. */
function within(ranges: string): (address: Address) => boolean {
  const parsed = ranges
    .trim()
    .split(/\s+/)
    .map((range) => ipaddr.parseCIDR(range));
  return (address) =>
    parsed.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

/** What `private: true` opens, and nothing else. */
const isPrivateNetwork = within(`
  10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 127.0.0.0/8 100.64.0.0/10
  ::1/128 fc00::/7
`);

/**
 * Where clouds keep metadata and credentials of a machine, though the address looks private or public: Azure's wire server, Alibaba's metadata, and those of
 * AWS, Google and Scaleway in the unique local range. Link-local is in no list of allowed ones.
 */
const isCloudService = within(`
  168.63.129.16/32 100.100.100.200/32
  fd00:ec2::/32 fd20:ce::/64 fd00:42::42/128
`);

/**
 * IPv6 is public in one block alone, but for protocol assignments (with Teredo and ORCHID), documentation and 6to4; IPv4 everywhere but in IANA's registry of
 * special-purpose addresses.
 */
const isGlobalBlock = within('0.0.0.0/0 2000::/3');
const isSpecial = within(`
  0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
  192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15
  198.51.100.0/24 203.0.113.0/24 224.0.0.0/3
  2001::/23 2001:db8::/32 3fff::/20 2002::/16
`);
const isNat64 = within('64:ff9b::/96');

const embedded = (address: ipaddr.IPv6): ipaddr.IPv4 => new ipaddr.IPv4(address.toByteArray().slice(-4));

/** The interface part of ISATAP (RFC 5214), which may stand behind any prefix. */
function isIsatap(address: ipaddr.IPv6): boolean {
  const [first = 0, ...rest] = address.toByteArray().slice(8, 12);
  return (first & 0xfd) === 0 && rest.join() === [0, 0x5e, 0xfe].join();
}

/** Of the forms that end in a dotted quad, those that ipaddr.js reads as they are meant. */
const dottedForms = /^(?:[\d.]+|::ffff:[\d.]+|64:ff9b::[\d.]+)$/i;

/**
 * Public addresses always; private and loopback ones only where the policy says `private: true`. An address that carries another inside leads wherever that
 * one does: of those only IPv4-mapped ones and NAT64 (to a public address) are taken, the others are out of use.
 */
export function isAllowedAddress(text: string, isPrivate: boolean): boolean {
  if (isIP(text) === 0 || text.includes('%')) return false;
  if (text.includes('.') && !dottedForms.test(text)) return false;
  const address = ipaddr.parse(text);
  if (!(address instanceof ipaddr.IPv6)) return isAllowed(address, isPrivate);
  if (address.isIPv4MappedAddress()) return isAllowed(address.toIPv4Address(), isPrivate);
  if (isNat64(address)) return isAllowed(embedded(address), false);
  if (isIsatap(address) && !isAllowed(embedded(address), false)) return false;
  return isAllowed(address, isPrivate);
}

function isAllowed(address: Address, isPrivate: boolean): boolean {
  if (isCloudService(address)) return false;
  if (isGlobalBlock(address) && !isSpecial(address)) return true;
  return isPrivate && isPrivateNetwork(address);
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
