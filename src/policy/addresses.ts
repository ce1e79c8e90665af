import ipaddr from 'ipaddr.js';

/** A range of addresses as the policy holds it: normalized CIDR, `10.0.0.0/8`, `2001:db8::/32`. */
export type AddressRange = string;

export type AddressRangeResult =
  | { readonly ok: true; readonly range: AddressRange }
  | { readonly ok: false; readonly problem: string };

/**
 * Text that is exactly one IPv4 dotted quad or IPv6 address: no octal, hexadecimal or short IPv4 forms, no zone. Of the IPv6 forms that
 * end in a dotted quad only `::ffff:` is taken: ipaddr.js reads the deprecated `::10.0.0.1` as 10.0.0.1, which it is not.
 */
function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (text.includes('%') || (text.includes('.') && !/^::ffff:/i.test(text))) return undefined;
  if (text.includes(':') && ipaddr.IPv6.isValid(text)) return ipaddr.IPv6.parse(text);
  return undefined;
}

/**
 * The one spelling of an address by which lists, limits and pseudonyms know it: without the zone that tells interfaces of a machine apart, and IPv4 inside
 * IPv6 (`::ffff:192.0.2.1`) as IPv4. Undefined for what is not exactly one address.
 */
export function canonicalAddress(text: string): string | undefined {
  const zone = text.includes(':') ? text.indexOf('%') : -1;
  const address = parseAddress(zone < 0 ? text : text.slice(0, zone));
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress())
    return address.toIPv4Address().toString();
  return address?.toString();
}

/**
 * The address of the caller behind proxies that are believed: of what they wrote (`X-Forwarded-For`, all of its lines), from the right, the first that is no
 * proxy. What is left of it was written by the caller and means nothing. Where one is no address, the last proxy that was believed.
 */
export function forwardedAddress(
  peer: string,
  forwarded: readonly string[],
  isProxy: (address: string) => boolean,
): string {
  if (!isProxy(peer)) return peer;
  let address = peer;
  for (const hop of forwarded.join(',').split(',').reverse()) {
    const next = canonicalAddress(withoutPort(hop.trim()));
    if (next === undefined) break;
    address = next;
    if (!isProxy(address)) break;
  }
  return address;
}

/** Some proxies write the port too: `203.0.113.7:5555`, `[2001:db8::1]:443`. A bare IPv6 address has more than one colon. */
function withoutPort(hop: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\](?::\d{1,5})?|([^:]*):\d{1,5})$/.exec(hop) ?? [];
  return bracketed ?? plain ?? hop;
}

/** A single address is a range of one. Bits set behind the prefix are refused: the writer meant another range than it reads. */
export function parseAddressRange(text: string): AddressRangeResult {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (!address || rest.length > 0) return { ok: false, problem: 'not an address range' };
  const bits = address.kind() === 'ipv4' ? 32 : 128;
  const prefix =
    prefixText === undefined ? bits : /^(0|[1-9]\d{0,2})$/.test(prefixText) ? Number(prefixText) : -1;
  if (prefix < 0 || prefix > bits)
    return { ok: false, problem: `a prefix length lies between 0 and ${bits}` };
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
    return { ok: false, problem: 'an IPv4 address inside IPv6; write the IPv4 range' };
  }
  const cidr = `${address.toString()}/${prefix}`;
  const network = (
    address.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(cidr)
      : ipaddr.IPv6.networkAddressFromCIDR(cidr)
  ).toString();
  if (network !== address.toString()) {
    return { ok: false, problem: `bits are set behind the prefix; the network is ${network}/${prefix}` };
  }
  return { ok: true, range: cidr };
}

/** Whether an address lies in one of the ranges. IPv4 inside IPv6 counts as IPv4; what is no address lies in none. */
export function compileAddressRanges(ranges: readonly AddressRange[]): (address: string) => boolean {
  const parsed = ranges.map((range) => ipaddr.parseCIDR(range));
  return (text) => {
    if (!parseAddress(text)) return false;
    const address = ipaddr.process(text);
    return parsed.some(
      ([network, prefix]) => network.kind() === address.kind() && address.match(network, prefix),
    );
  };
}

/** Where a server listens. Addresses only: a host name could resolve to another interface than the reader thinks. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Reachable from this machine only. */
  readonly loopback: boolean;
}

/** `127.0.0.1:8080`, `[::1]:8080`; port 0 lets the system choose. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|(\d+\.\d+\.\d+\.\d+)):(0|[1-9]\d{0,4})$/.exec(text);
  const address = match && parseAddress(match[1] ?? match[2] ?? '');
  const port = Number(match?.[3]);
  if (!address || port > 65_535 || (match[1] !== undefined) !== (address.kind() === 'ipv6')) return undefined;
  return {
    host: address.toString(),
    port,
    loopback: ipaddr.process(address.toString()).range() === 'loopback',
  };
}
