import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Call } from '../call.ts';
import type { GateContext } from '../context.ts';
import { type HeaderList, headerValue, readHeaders } from '../headers.ts';
import { type Arrived, beginState } from '../states.ts';

/** Names the call: whose it is and what to call it, so that everything after can be refused, recorded and answered. */
export function arrive(gate: GateContext, call: Call): Arrived {
  const snapshot = gate.snapshot();
  const headers = readHeaders(call.rawHeaders);
  return beginState({
    call,
    snapshot,
    headers,
    requestId: acceptedRequestId(headerValue(headers, 'x-request-id')) ?? gate.newId(),
    address: trueAddress(normalizeAddress(call.peer), headers, snapshot.isProxy),
  });
}

/**
 * A caller's request id is taken when it looks like a UUID or another hexadecimal id. Free text is not: it goes into the ledger and the
 * log, and a key or a name written there could not be taken back.
 */
function acceptedRequestId(value: string | undefined): string | undefined {
  return value !== undefined && /^[0-9a-fA-F-]{16,64}$/.test(value) ? value : undefined;
}

/** IPv4 inside IPv6 (`::ffff:192.0.2.1`) is the IPv4 address, for lists, limits and pseudonyms alike. */
function normalizeAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/**
 * From the right, each address that a believed proxy vouches for; the first one that is no proxy of ours is the caller. What stands
 * left of it was written by the caller and means nothing.
 */
function trueAddress(peer: string, headers: HeaderList, isProxy: (address: string) => boolean): string {
  if (!isProxy(peer)) return peer;
  const chain = headers.values
    .filter((_, index) => headers.names[index] === 'x-forwarded-for')
    .join(',')
    .split(',');
  let address = peer;
  for (const hop of chain.reverse()) {
    const text = withoutPort(hop.trim());
    if (isIP(text) === 0) break;
    address = ipaddr.process(text).toString();
    if (!isProxy(address)) break;
  }
  return address;
}

/** Some proxies write the port too: `203.0.113.7:5555`, `[2001:db8::1]:443`. A bare IPv6 address has more than one colon. */
function withoutPort(hop: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\](?::\d{1,5})?|([^:]*):\d{1,5})$/.exec(hop) ?? [];
  return bracketed ?? plain ?? hop;
}
