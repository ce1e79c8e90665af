import type { FaultCode, JsonObject, Secret } from '../../kernel/index.ts';
import type { TokenReason } from './tokens/reasons.ts';

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
  /** Whom limits count it as: the key at the beginning of its rotations, so that a rotated key gets no fresh budget. For a token its `id`. */
  readonly limitsId: string;
}

export type Identification = { readonly ok: true; readonly principal: Principal } | Unidentified;

export interface Unidentified {
  readonly ok: false;
  /** What the caller is told. */
  readonly code: FaultCode;
  /** Whose credential it was, where it was one of ours (expired, revoked, wrong address), for the entry. */
  readonly callerId?: string;
  /** Why exactly a token was refused, for the entry; the caller is not told. */
  readonly reason?: TokenReason;
  /** After too many failures: when it may be tried again. */
  readonly retryAfterMs?: number;
}

/** Callers' credentials, looked up in an immutable snapshot in memory: no I/O and no await for a key. */
export interface Identity {
  /**
   * `address` is the caller's true IP address. Looks the key up by SHA-256 of the whole credential only. A promise only where something
   * must be waited for; a key is answered at once.
   */
  identify(credential: string, address: string): Identification | Promise<Identification>;
  /** Whether the principal may still act: not revoked, not expired, its roles and its team still in the policy and not withdrawn. */
  isActive(principal: Principal): boolean;
  /** What the token of a principal says, verified, for as long as the principal is held. It may say who somebody is, and belongs in no entry. */
  claimsOf(principal: Principal): JsonObject | undefined;
  /** `Principal.limitsId` of a principal that an entry names. */
  limitsIdOf(principalId: string): string;
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

/** Which tokens are refused. A subject stands as its keyed pseudonym. */
export interface TokenRevocation {
  readonly id: string;
  readonly issuer: string;
  /** One token, all of a subject, or all of an issuer up to a time. */
  readonly kind: 'token' | 'subject' | 'issued-before';
  /** `jti`. */
  readonly tokenId?: string;
  readonly subject?: string;
  /** Unix milliseconds: only tokens issued before. Without it, whenever they were issued. */
  readonly issuedBefore?: number;
  readonly createdAt: number;
}

/** `tokenId`, `subject` or `issuedBefore` must be there; `subject` and `issuedBefore` may stand together. */
export interface RevokeTokens {
  /** An issuer of the policy. */
  readonly issuer: string;
  readonly tokenId?: string;
  /** As the issuer says it (`sub`). */
  readonly subject?: string;
  readonly issuedBefore?: number;
}

/** Refusing tokens before their end. As with keys, revoking works while the ledger is down. */
export interface TokenAdministration {
  /** In force before this resolves; answers under way are cut within a second. */
  revoke(request: RevokeTokens, operator: string): Promise<TokenRevocation>;
  list(): Promise<readonly TokenRevocation[]>;
  find(id: string): Promise<TokenRevocation | undefined>;
  /** Takes a revocation back, for a subject that comes back or a mistake. In force when it is recorded. */
  restore(id: string, operator: string): Promise<TokenRevocation>;
}

/** A role or a team of callers that nobody acts by until it is restored. */
export interface Withdrawal {
  readonly id: string;
  readonly kind: 'role' | 'team';
  readonly name: string;
  readonly createdAt: number;
}

/** Roles and teams refused as a whole, for when the policy file is too slow or in others' hands. As with keys, this works while the ledger is down. */
export interface WithdrawalAdministration {
  /** In force before this resolves; answers under way are cut within a second. Where it is withdrawn already, that is what is given. */
  withdraw(asked: Pick<Withdrawal, 'kind' | 'name'>, operator: string): Promise<Withdrawal>;
  list(): Promise<readonly Withdrawal[]>;
  find(id: string): Promise<Withdrawal | undefined>;
  /** In force when it is recorded. */
  restore(id: string, operator: string): Promise<Withdrawal>;
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
