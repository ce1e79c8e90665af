import { canonicalAddress, forwardedAddress } from '../../../policy/index.ts';
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
    address: trueAddress(call.peer, headers, snapshot.isProxy),
  });
}

/**
 * A caller's request id is taken when it looks like a UUID or another hexadecimal id. Free text is not: it goes into the ledger and the
 * log, and a key or a name written there could not be taken back.
 */
function acceptedRequestId(value: string | undefined): string | undefined {
  return value !== undefined && /^[0-9a-fA-F-]{16,64}$/.test(value) ? value : undefined;
}

/** Of an IPv4 peer the text is canonical already, which spares most calls the reading of it. */
function trueAddress(peer: string, headers: HeaderList, isProxy: (address: string) => boolean): string {
  const address = peer.includes(':') ? (canonicalAddress(peer) ?? '') : peer;
  if (!isProxy(address)) return address;
  const forwarded = headers.values.filter((_, index) => headers.names[index] === 'x-forwarded-for');
  return forwardedAddress(address, forwarded, isProxy);
}
