import { hashKey } from '../key-format.ts';
import type { RevocationRow } from '../store.ts';

/** What of a token revocations look at. */
export interface RevocableToken {
  readonly issuer: string;
  /** The pseudonym of issuer and subject. */
  readonly principalId: string;
  readonly tokenId: string | undefined;
  /** Unix milliseconds by the issuer's clock, which may be ahead of ours by `skewMs`. */
  readonly issuedAt: number;
  readonly skewMs: number;
}

/** All revocations of tokens, in memory. */
export interface RevokedTokens {
  /** Changes with every revocation: what was looked at under the same number need not be looked at again. */
  readonly revision: number;
  covers(token: RevocableToken): boolean;
  put(row: RevocationRow): void;
  remove(id: string): void;
}

/** `jti` is unique for one issuer only (RFC 7519 section 4.1.7). Entries carry this and not the id itself, which the issuer chose. */
export function digestOfTokenId(issuer: string, tokenId: string): string {
  return hashKey(JSON.stringify([issuer, tokenId]));
}

function subjectOf(row: RevocationRow): string {
  if (row.token_id !== null) return `token ${digestOfTokenId(row.issuer, row.token_id)}`;
  return row.subject === null ? `issuer ${row.issuer}` : `subject ${row.subject}`;
}

export function createRevokedTokens(rows: readonly RevocationRow[]): RevokedTokens {
  const byId = new Map(rows.map((row) => [row.id, row]));
  /** Whatever is revoked, and up to which time of issue. */
  let limits = new Map<string, number>();
  let revision = 0;

  function rebuild(): void {
    limits = new Map();
    for (const row of byId.values()) {
      const subject = subjectOf(row);
      limits.set(subject, Math.max(limits.get(subject) ?? 0, row.issued_before ?? Number.POSITIVE_INFINITY));
    }
    revision++;
  }
  rebuild();
  const isCovered = (subject: string, issuedAt: number): boolean => {
    const before = limits.get(subject);
    return before !== undefined && issuedAt < before;
  };

  return {
    get revision() {
      return revision;
    },
    covers({ issuer, principalId, tokenId, issuedAt, skewMs }) {
      if (limits.size === 0) return false;
      const earliest = issuedAt - skewMs;
      return (
        isCovered(`subject ${principalId}`, earliest) ||
        isCovered(`issuer ${issuer}`, earliest) ||
        (tokenId !== undefined && isCovered(`token ${digestOfTokenId(issuer, tokenId)}`, earliest))
      );
    },
    put(row) {
      byId.set(row.id, row);
      rebuild();
    },
    remove(id) {
      if (byId.delete(id)) rebuild();
    },
  };
}
