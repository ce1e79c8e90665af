import { type Clock, Fault, type Log, randomId } from '../../../kernel/index.ts';
import type { Entry } from '../../../record/index.ts';
import type { Outbox, Store } from '../../../store/index.ts';
import type { RevokeTokens, TokenAdministration, TokenRevocation } from '../identity.ts';
import {
  countRevocations,
  deleteRevocation,
  findRevocation,
  insertRevocation,
  readRevocations,
  type RevocationRow,
} from '../store.ts';
import { take } from '../take.ts';
import { digestOfTokenId, type RevokedTokens } from './revoked-tokens.ts';
import { principalIdOf } from './tokens.ts';

export interface TokenAdministrationOptions {
  readonly store: Store;
  readonly outbox: Outbox<Entry>;
  readonly clock: Clock;
  readonly log: Log;
  /** UUIDv7, for entries. */
  readonly newId: () => string;
  readonly revoked: RevokedTokens;
  /** The issuers of the policy in force. */
  readonly issuers: () => readonly string[];
  person(name: string): string;
}

/** All are in memory. Whoever needs more revokes by subject or time instead of one by one. */
const mostRevocations = 100_000;
const longestText = 512;

export function createTokenAdministration(options: TokenAdministrationOptions): TokenAdministration {
  const { store, outbox, clock, newId, revoked } = options;

  const entryOf = (kind: string, row: RevocationRow, operator: string): Entry => ({
    id: newId(),
    at: new Date(clock.now()).toISOString(),
    kind,
    actor: operator,
    target: row.id,
    outcome: 'succeeded',
    detail: {
      issuer: row.issuer,
      revokes: kindOf(row),
      subject: row.subject ?? undefined,
      token: row.token_id === null ? undefined : digestOfTokenId(row.issuer, row.token_id),
      issuedBefore: row.issued_before === null ? undefined : new Date(row.issued_before).toISOString(),
    },
  });

  return {
    async revoke(request, operator) {
      const row = createRow(checkRequest(request, options.issuers()), options);
      await take(options, {
        async write(change) {
          if ((await countRevocations(change)) >= mostRevocations)
            throw new Fault('api.conflict', {
              detail: `There are ${mostRevocations} revocations already; revoke by subject or time.`,
            });
          await insertRevocation(change, row);
          return entryOf('token.revoked', row, operator);
        },
        apply: () => revoked.put(row),
      });
      return toRevocation(row);
    },

    async list() {
      return (await readRevocations(store)).map(toRevocation);
    },

    async find(id) {
      const row = await findRevocation(store.db, id);
      return row && toRevocation(row);
    },

    async restore(id, operator) {
      const { row, entry } = await store.db.transaction().execute(async (change) => {
        const found = await findRevocation(change, id);
        if (!found) throw new Fault('api.not-found', { detail: 'There is no revocation of this id.' });
        const made = entryOf('token.restored', found, operator);
        await deleteRevocation(change, id);
        await outbox.enqueue(change, made);
        return { row: found, entry: made };
      });
      await outbox.deliver(entry.id).catch((cause: unknown) => {
        const detail =
          'The tokens are refused until this process ends; the change is made and will be recorded.';
        throw new Fault('ledger.unavailable', { detail, cause });
      });
      revoked.remove(id);
      return toRevocation(row);
    },
  };
}

function createRow(
  request: RevokeTokens,
  { clock, person }: Pick<TokenAdministrationOptions, 'clock' | 'person'>,
): RevocationRow {
  const { issuer, subject, tokenId = null, issuedBefore = null } = request;
  return {
    // Those of before 0.2 begin with `rev_`, as reviews do; they stand as they are.
    id: randomId('trv'),
    issuer,
    token_id: tokenId,
    subject: subject === undefined ? null : principalIdOf(person, issuer, subject),
    issued_before: issuedBefore,
    created_at: clock.now(),
  };
}

function refuse(place: string, problem: string): never {
  throw new Fault('api.invalid', { detail: `${place}: ${problem}.` });
}

function checkRequest(request: RevokeTokens, issuers: readonly string[]): RevokeTokens {
  const { issuer, tokenId, subject, issuedBefore } = request;
  if (!issuers.includes(issuer))
    refuse('issuer', `the policy has no such issuer (it has: ${issuers.join(', ') || 'none'})`);
  for (const [place, text] of Object.entries({ tokenId, subject })) {
    if (text !== undefined && (text === '' || text.length > longestText || !text.isWellFormed()))
      refuse(place, `it is empty, or longer than ${longestText} characters`);
  }
  if (tokenId !== undefined && (subject !== undefined || issuedBefore !== undefined))
    refuse('tokenId', 'one token needs neither subject nor time');
  if (tokenId === undefined && subject === undefined && issuedBefore === undefined)
    refuse('request', 'say which: tokenId, subject or issuedBefore');
  if (issuedBefore !== undefined && (!Number.isSafeInteger(issuedBefore) || issuedBefore < 0))
    refuse('issuedBefore', 'it is not a time');
  return request;
}

function kindOf(row: RevocationRow): TokenRevocation['kind'] {
  if (row.token_id !== null) return 'token';
  return row.subject === null ? 'issued-before' : 'subject';
}

function toRevocation(row: RevocationRow): TokenRevocation {
  return {
    id: row.id,
    issuer: row.issuer,
    kind: kindOf(row),
    createdAt: row.created_at,
    ...(row.token_id !== null && { tokenId: row.token_id }),
    ...(row.subject !== null && { subject: row.subject }),
    ...(row.issued_before !== null && { issuedBefore: row.issued_before }),
  };
}
