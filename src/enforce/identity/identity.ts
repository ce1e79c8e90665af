import type { FaultCode, Secret } from '../../kernel/index.ts';

/** Who is calling, as the later steps see it. Holds nothing secret and no personal data. */
export interface Principal {
  readonly kind: 'key' | 'token';
  /** `key_…`, or for a token the pseudonym of its issuer and subject; stands in entries as the actor. */
  readonly id: string;
  /** A key has exactly one; a token those its claims map to, also none. A call is made as the first, in the policy's order, that permits it. */
  readonly roles: readonly string[];
  /** Undefined: in no team. One that the policy no longer has may do nothing. */
  readonly team: string | undefined;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

export type Identification = { readonly ok: true; readonly principal: Principal } | Unidentified;

export interface Unidentified {
  readonly ok: false;
  /** What the caller is told. */
  readonly code: FaultCode;
  /** Whose credential it was, where it was one of ours (expired, revoked, wrong address), for the entry. */
  readonly callerId?: string;
}

/** Callers' credentials, looked up in an immutable snapshot in memory: no I/O and no await for a key. */
export interface Identity {
  /**
   * `address` is the caller's true IP address. Looks the key up by SHA-256 of the whole credential only. A promise only where something
   * must be waited for; a key is answered at once.
   */
  identify(credential: string, address: string): Identification | Promise<Identification>;
  /** Whether the principal may still act: not revoked, not expired, one of its roles and its team still in the policy. */
  isActive(principal: Principal): boolean;
  /** Called at once when a key is revoked, or removed by any other way. */
  onRevoked(listener: (principalId: string) => void): () => void;
  /** Writes last-use times in batches; call on shutdown. */
  flush(): Promise<void>;
}

/** What operators see of a key. The key itself is shown once, when it is made. */
export interface KeyRecord {
  readonly id: string;
  readonly hint: string;
  readonly name: string;
  readonly owner?: string;
  readonly role: string;
  readonly team?: string;
  readonly addresses?: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt?: number;
  readonly lastUsedAt?: number;
  readonly replaces?: string;
  readonly state: 'active' | 'expired' | 'revoked';
}

export interface IssuedKey {
  readonly record: KeyRecord;
  readonly key: Secret;
}

export interface CreateKey {
  readonly name: string;
  readonly role: string;
  /** A team of the policy. */
  readonly team?: string;
  readonly expiresInMs: number;
  readonly owner?: string;
  readonly addresses?: readonly string[];
}

/** Changes to keys. Each is a store transaction with an outbox entry, answered when the ledger has acknowledged. */
export interface KeyAdministration {
  create(request: CreateKey, operator: string): Promise<IssuedKey>;
  list(): Promise<readonly KeyRecord[]>;
  find(id: string): Promise<KeyRecord | undefined>;
  /** A new key with the same name, owner, role, team and addresses; the old one ends after `overlapMs`, never later than it would have. */
  rotate(id: string, overlapMs: number, operator: string): Promise<IssuedKey>;
  /**
   * Moves an active key from one role of the policy to another, at once and for calls under way too. Conflict where it has another role than
   * `from` by now.
   */
  changeRole(id: string, roles: { from: string; to: string }, operator: string): Promise<KeyRecord>;
  /** Refused everywhere before this resolves; works, and is recorded later, while the ledger is down. */
  revoke(id: string, operator: string): Promise<KeyRecord>;
}
