import type { FaultCode } from '../../kernel/index.ts';
import { compileAddressRanges } from '../../policy/index.ts';
import type { Identification, Principal } from './identity.ts';
import { beginningOf } from './key-format.ts';
import { type LastPlace, nowhereYet } from './last-place.ts';
import type { KeyRow } from './store.ts';
import type { Withdrawn } from './withdrawals/withdrawn.ts';

/** A key as the hot path needs it. */
export interface KnownKey {
  readonly hash: string;
  readonly principal: Principal;
  /** What is answered for it, made once. */
  readonly admitted: Identification;
  readonly beginning: string;
  readonly revoked: boolean;
  readonly use: LastPlace;
  /** Undefined: any address. */
  readonly allowsAddress: ((address: string) => boolean) | undefined;
}

/** All keys at one moment. Never changed; a change makes another and swaps the reference. */
export interface KeySnapshot {
  readonly byHash: ReadonlyMap<string, KnownKey>;
  readonly byId: ReadonlyMap<string, KnownKey>;
  /** How the keys begin: what can be guessed at. */
  readonly beginnings: ReadonlySet<string>;
}

/** The ranges of a row. What is not a list of texts allows no address: a damaged row must not open a key to all. */
export function readAddresses(row: KeyRow): readonly string[] | undefined {
  if (row.addresses === null) return undefined;
  const parsed: unknown = JSON.parse(row.addresses);
  return Array.isArray(parsed) ? parsed.filter((range) => typeof range === 'string') : [];
}

/** `limitsIdOf` gives it for the key that this one replaced. */
function toKnownKey(row: KeyRow, limitsIdOf: (replaced: string) => string): KnownKey {
  const addresses = readAddresses(row);
  const principal: Principal = {
    kind: 'key',
    id: row.id,
    roles: [row.role],
    team: row.team ?? undefined,
    expiresAt: row.expires_at,
    limitsId: row.replaces === null ? row.id : limitsIdOf(row.replaces),
  };
  return {
    hash: row.hash,
    principal,
    admitted: { ok: true, principal },
    beginning: beginningOf(row.hint),
    revoked: row.revoked_at !== null,
    use: nowhereYet(),
    allowsAddress: addresses && compileAddressRanges(addresses),
  };
}

/** Why a key may not be used, wherever it is used from. Asked for every call, and of calls under way. */
export function refusalOfKey(
  { revoked, principal }: KnownKey,
  { withdrawn, now }: { withdrawn: Withdrawn; now: number },
): FaultCode | undefined {
  if (revoked) return 'credential.revoked';
  if (now >= principal.expiresAt) return 'credential.expired';
  return withdrawn.covers(principal) ? 'credential.withdrawn' : undefined;
}

function fromKeys(keys: readonly KnownKey[]): KeySnapshot {
  return {
    byHash: new Map(keys.map((key) => [key.hash, key])),
    byId: new Map(keys.map((key) => [key.principal.id, key])),
    beginnings: new Set(keys.map(({ beginning }) => beginning)),
  };
}

export function createSnapshot(rows: readonly KeyRow[]): KeySnapshot {
  const replaced = new Map(rows.map(({ id, replaces }) => [id, replaces]));
  /** The first key of a row of rotations; of one whose beginning is gone, the last that is known of. */
  const limitsIdOf = (id: string): string => {
    let first = id;
    for (let before = replaced.get(first); before; before = replaced.get(first)) first = before;
    return first;
  };
  return fromKeys(rows.map((row) => toKnownKey(row, limitsIdOf)));
}

/** A row of a key in `revoked` is taken as revoked, whatever it says. */
export function withRows(
  snapshot: KeySnapshot,
  rows: readonly KeyRow[],
  revoked: ReadonlySet<string>,
): KeySnapshot {
  const keys = new Map(snapshot.byId);
  for (const row of rows) {
    const key = toKnownKey(row, (replaced) => keys.get(replaced)?.principal.limitsId ?? replaced);
    keys.set(row.id, revoked.has(row.id) ? { ...key, revoked: true } : key);
  }
  return fromKeys([...keys.values()]);
}

export function without(snapshot: KeySnapshot, id: string): KeySnapshot {
  const keys = new Map(snapshot.byId);
  keys.delete(id);
  return fromKeys([...keys.values()]);
}

export function withRevoked(snapshot: KeySnapshot, id: string): KeySnapshot {
  const key = snapshot.byId.get(id);
  if (!key) return snapshot;
  return fromKeys([...new Map(snapshot.byId).set(id, { ...key, revoked: true }).values()]);
}
