import type { Transaction } from 'kysely';
import { type Clock, Fault, type Log, randomId } from '../../../kernel/index.ts';
import type { Entry } from '../../../record/index.ts';
import type { Database, Outbox, Store } from '../../../store/index.ts';
import type { RevokeTokens, TokenAdministration, TokenRevocation } from '../identity.ts';
import {
  countRevocations,
  deleteRevocation,
  findRevocation,
  insertRevocation,
  readRevocations,
  type RevocationRow,
} from '../store.ts';
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

/** Store, then memory, then ledger, as with keys: what was committed holds after a restart and is in force before anyone waits for the ledger. */
export function createTokenAdministration(options: TokenAdministrationOptions): TokenAdministration {
  const { store, outbox, clock, log, newId, revoked } = options;

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

  async function commit(
    entry: Entry,
    change: (transaction: Transaction<Database>) => Promise<void>,
  ): Promise<void> {
    await store.db.transaction().execute(async (transaction) => {
      await change(transaction);
      await outbox.enqueue(transaction, entry);
    });
  }

  return {
    async revoke(request, operator) {
      const row = createRow(checkRequest(request, options.issuers()), options);
      const entry = entryOf('token.revoked', row, operator);
      try {
        await commit(entry, async (transaction) => {
          if ((await countRevocations(transaction)) >= mostRevocations)
            throw new Fault('api.conflict', {
              detail: `There are ${mostRevocations} revocations already; revoke by subject or time.`,
            });
          await insertRevocation(transaction, row);
        });
      } catch (cause) {
        if (cause instanceof Fault && cause.code === 'api.conflict') throw cause;
        // A full disk must not keep a stolen token alive: it is refused as long as this process lives.
        revoked.put(row);
        const detail = 'The tokens are refused until this process ends, not beyond: revoke them again.';
        throw new Fault('store.unavailable', { detail, cause });
      }
      revoked.put(row);
      await outbox
        .deliver(entry.id)
        .catch(() => log.warn('a revocation waits to be recorded', { revocation: row.id }));
      return toRevocation(row);
    },

    async list() {
      return (await readRevocations(store)).map(toRevocation);
    },

    async restore(id, operator) {
      const row = await findRevocation(store.db, id);
      if (!row) throw new Fault('api.not-found', { detail: 'There is no revocation of this id.' });
      const entry = entryOf('token.restored', row, operator);
      await commit(entry, (transaction) => deleteRevocation(transaction, id));
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
    id: randomId('rev'),
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
