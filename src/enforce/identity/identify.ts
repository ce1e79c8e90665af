import type { Clock } from '../../kernel/index.ts';
import type { Attempts } from './attempts.ts';
import type { Identification, Identity } from './identity.ts';
import { beginningOf, beginsLikeKey, hashKey, isWellFormedKey } from './key-format.ts';
import type { LastPlace } from './last-place.ts';
import type { LastUse } from './last-use.ts';
import { type KeySnapshot, type KnownKey, refusalOfKey } from './snapshot.ts';
import type { Tokens } from './tokens/tokens.ts';
import type { Withdrawn } from './withdrawals/withdrawn.ts';

interface IdentifyOptions {
  readonly keys: () => KeySnapshot;
  readonly tokens: Tokens;
  readonly withdrawn: Withdrawn;
  readonly attempts: Attempts;
  readonly lastUse: LastUse;
  readonly clock: Clock;
}

const malformed: Identification = { ok: false, code: 'credential.malformed' };
const noteEveryMs = 60_000;

/** What is the issuer's fault and not the caller's, and so counts against nobody. */
const notTheirs: ReadonlySet<string | undefined> = new Set(['token.keys-unavailable', 'token.keys-stale']);

export function createIdentify(options: IdentifyOptions): Identity['identify'] {
  const { keys, tokens, withdrawn, attempts, lastUse, clock } = options;

  function noteUse(use: LastPlace, address: string, callerId: string): void {
    const now = clock.now();
    if (use.address === address && now - use.at < noteEveryMs) return;
    use.address = address;
    use.at = now;
    attempts.worked(address, callerId);
  }

  function judgeKey(key: KnownKey, address: string): Identification {
    const { id } = key.principal;
    const now = clock.now();
    const code = refusalOfKey(key, { withdrawn, now });
    if (code !== undefined) return { ok: false, code, callerId: id };
    if (key.allowsAddress && !key.allowsAddress(address)) {
      return { ok: false, code: 'credential.address', callerId: id };
    }
    lastUse.note(id, now);
    noteUse(key.use, address, id);
    return key.admitted;
  }

  function identifyKey(credential: string, address: string): Identification {
    const key = keys().byHash.get(hashKey(credential));
    // Its checksum is only asked of one that nobody has: of a mistyped key no beginning is counted.
    if (!key && !isWellFormedKey(credential)) return refuseMalformed(address);
    if (attempts.size > 0) {
      const waitMs = attempts.waitMs(address, beginningOf(credential));
      if (waitMs > 0 && !(key && attempts.hasWorked(address, key.principal.id))) return tooMany(waitMs);
    }
    const identification = key ? judgeKey(key, address) : unknown;
    // Whoever holds a key that ended is no guesser: a program that asks on with it must not slow down its neighbours.
    if (!key) attempts.failed(address, attackedBy(credential));
    return identification;
  }

  /** Only beginnings that some key has are counted, so that inventing them fills no memory. */
  function attackedBy(credential: string): string | undefined {
    const beginning = beginningOf(credential);
    return keys().beginnings.has(beginning) ? beginning : undefined;
  }

  function identifyToken(token: string, address: string): Identification | Promise<Identification> {
    const hash = hashKey(token);
    const known = tokens.recall(hash);
    const waitMs = attempts.waitMs(address, undefined);
    if (known?.identification.ok) {
      const { id } = known.identification.principal;
      if (waitMs > 0 && !attempts.hasWorked(address, id)) return tooMany(waitMs);
      noteUse(known.use, address, id);
      return known.identification;
    }
    if (waitMs > 0) return tooMany(waitMs);
    if (known) return conclude(known.identification, address);
    return tokens.verify(token, hash).then((verified) => conclude(verified, address));
  }

  function conclude(identification: Identification, address: string): Identification {
    if (identification.ok) attempts.worked(address, identification.principal.id);
    else if (identification.callerId === undefined && !notTheirs.has(identification.reason))
      attempts.failed(address, undefined);
    return identification;
  }

  function refuseMalformed(address: string): Identification {
    const waitMs = attempts.waitMs(address, undefined);
    if (waitMs > 0) return tooMany(waitMs);
    attempts.failed(address, undefined);
    return malformed;
  }

  return (credential, address) => {
    if (beginsLikeKey(credential)) return identifyKey(credential, address);
    if (tokens.accepted && credential.includes('.')) return identifyToken(credential, address);
    return refuseMalformed(address);
  };
}

const unknown: Identification = { ok: false, code: 'credential.unknown' };

function tooMany(retryAfterMs: number): Identification {
  return { ok: false, code: 'credential.attempts', retryAfterMs };
}
