import { addressSubject } from '../../../kernel/index.ts';
import { type Denied, deny } from '../denied.ts';
import type { GateContext } from '../context.ts';
import { type HeaderList, headerValue, repeatedSingleton } from '../headers.ts';
import { type Arrived, received, type Received } from '../states.ts';
import { limitDenial } from './limit.ts';

/** Entries on their way to disk; more means that the disk does not keep up. */
const maxOutstanding = 4096;

/**
 * Reads the head only. Threat: two parties that read one request differently (request smuggling, RFC 9112 section 11.2), and a path
 * that one of them normalizes and the other does not. What is ambiguous is refused, never repaired. node:http has already refused
 * two Content-Lengths, Content-Length with Transfer-Encoding, line folding, bare LF and bad chunks.
 */
export function createReceive(gate: GateContext): (state: Arrived) => Received | Denied {
  return (state) => {
    const { call, snapshot, headers, address } = state;
    const busy = refuseOverload(gate, state);
    if (busy) return busy;
    const mark = call.target.indexOf('?');
    const path = mark < 0 ? call.target : call.target.slice(0, mark);
    const forged = refuseFraming(call.version, headers) ?? refuseTarget(call.target, path);
    if (forged) return forged;
    if (!snapshot.addressAllowed(address)) return deny('request.address');
    const route = snapshot.findRoute(path);
    if (!route) return deny('route.unknown');
    const operation = route.findOperation(call.method, path);
    if (!operation) return deny('operation.unknown', { route });

    const { addressLimits } = snapshot;
    const admitted =
      addressLimits &&
      gate.limits.admit({
        subjects: [{ scope: 'address', subject: address, limits: addressLimits }],
        tokens: 0,
        costNanoUsd: 0,
      });
    if (admitted && !admitted.ok) return limitDenial(admitted, route);
    const query = mark < 0 ? '' : call.target.slice(mark);
    return received(state, { route, operation, path, query, addressAdmission: admitted });
  };
}

/** Before anything is read or counted: a gate that cannot record answers nobody, and a full one sheds at the door. */
function refuseOverload(gate: GateContext, { call, address }: Arrived): Denied | undefined {
  const { status } = gate.ledger;
  if (!status.writable) return deny('ledger.unavailable', { retryAfterMs: 1000 });
  if (status.outstanding > maxOutstanding) return deny('overloaded', { retryAfterMs: 1000 });
  // Whose place it is, is known when the caller is; until then it is its address's.
  call.countedFor = addressSubject(address);
  call.holdsPlace = gate.places.take(call.countedFor, 1);
  return call.holdsPlace ? undefined : deny('overloaded', { retryAfterMs: 1000 });
}

function refuseFraming(version: string, headers: HeaderList): Denied | undefined {
  if (version !== '1.1' && version !== '1.0') return deny('request.version');
  const repeated = repeatedSingleton(headers);
  if (repeated !== undefined)
    return deny('request.framing', { detail: `The header ${repeated} stands more than once.` });
  const host = headerValue(headers, 'host');
  if (host === undefined && version === '1.1') return deny('request.framing', { detail: 'Host is missing.' });
  if (host !== undefined && !/^[A-Za-z0-9.\-_~[\]:]*$/.test(host))
    return deny('request.framing', { detail: 'Host is not a host name.' });

  const transfer = headerValue(headers, 'transfer-encoding');
  if (transfer === undefined) return undefined;
  // RFC 9112 section 6.1: an HTTP/1.0 message with Transfer-Encoding has faulty framing.
  if (version === '1.0') return deny('request.framing', { detail: 'HTTP/1.0 has no Transfer-Encoding.' });
  if (transfer.toLowerCase() !== 'chunked')
    return deny('request.framing', { detail: 'The only Transfer-Encoding served is chunked.' });
  return undefined;
}

/** Everything a path may hold without percent-encoding, but no backslash, and `%` only as a triplet. */
const plainTarget =
  /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*(?:\?(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?[\]]|%[0-9A-Fa-f]{2})*)?$/;

function refuseTarget(target: string, path: string): Denied | undefined {
  if (!target.startsWith('/'))
    return deny('request.target', { detail: 'Only the origin form (/path) is served.' });
  if (!plainTarget.test(target))
    return deny('request.target', { detail: 'It holds characters that a path has not.' });
  if (path.includes(';'))
    return deny('request.target', { detail: 'It has path parameters (;), which some services cut off.' });
  if (!path.includes('%') && !path.includes('/.') && !path.includes('//')) return undefined;
  if (path.includes('//')) return deny('request.target', { detail: 'It has an empty segment.' });
  // %2f and %5c hide slashes, %2e hides dots, %25 hides a second encoding, %00–%1f and %7f are control characters.
  if (/%(2f|5c|2e|25|0[0-9a-f]|1[0-9a-f]|7f)/i.test(path))
    return deny('request.target', { detail: 'It hides a slash, dot, percent sign or control character.' });
  // A letter, digit, `-`, `_` or `~` needs no escape (RFC 3986 section 2.3); escaped, it would slip past the pattern of a narrower route.
  if (/%(2d|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/i.test(path))
    return deny('request.target', { detail: 'It escapes characters that need no escape.' });
  if (/\/\.\.?(\/|$)/.test(path)) return deny('request.target', { detail: 'It has dot segments.' });
  return undefined;
}
