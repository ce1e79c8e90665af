import ipaddr from 'ipaddr.js';
import type { IpBlock } from './policies.ts';

/** Whether an address lies in a block and in none of its exceptions; undefined is every address. What is no block holds nothing. */
export function holdsAddress(block: IpBlock | undefined, address: string): boolean {
  if (!block) return true;
  return isWithin(address, block.cidr) && !block.except.some((part) => isWithin(address, part));
}

function isWithin(address: string, cidr: string): boolean {
  if (!ipaddr.isValidCIDR(cidr)) return false;
  const [range, bits] = ipaddr.parseCIDR(cidr);
  const parsed = ipaddr.parse(address);
  return parsed.kind() === range.kind() && parsed.match(range, bits);
}
