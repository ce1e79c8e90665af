import type { Transaction } from 'kysely';
import { Fault, randomId, type Secret } from '../../kernel/index.ts';
import type { Entry } from '../../record/index.ts';
import type { Database } from '../../store/index.ts';
import type { AdministrationOptions } from './administration-options.ts';
import { checkCreateKey } from './create-request.ts';
import type { IssuedKey, KeyAdministration } from './identity.ts';
import { createKey, hashKey, hintOf } from './key-format.ts';
import { requireActive, requirePresent, toRecord } from './key-record.ts';
import { changeExpiry, findKey, insertKey, type KeyRow, setRevoked } from './store.ts';

/** A new key that is committed and not yet in force: that waits until its entry is recorded. */
interface Issue {
  readonly row: KeyRow;
  readonly entry: Entry;
  /** The key it replaces, as it was and as it becomes. */
  readonly replaced?: { readonly before: KeyRow; readonly after: KeyRow };
}

interface NewRow {
  readonly key: Secret;
  readonly from: Pick<KeyRow, 'name' | 'owner' | 'role' | 'team' | 'addresses' | 'replaces'>;
  readonly lifetimeMs: number;
  readonly now: number;
}

function createRow({ key, from, lifetimeMs, now }: NewRow): KeyRow {
  return {
    id: randomId('key'),
    hash: hashKey(key.reveal()),
    hint: hintOf(key),
    name: from.name,
    owner: from.owner,
    role: from.role,
    team: from.team,
    addresses: from.addresses,
    created_at: now,
    expires_at: now + lifetimeMs,
    revoked_at: null,
    last_used_at: null,
    replaces: from.replaces,
  };
}

/** Commits a new key, has it recorded, and only then puts it in force. One that cannot be recorded is withdrawn. */
function createIssuer({ store, outbox, clock, live, entries }: AdministrationOptions) {
  type Prepare = (transaction: Transaction<Database>) => Promise<Issue>;

  function commit(prepare: Prepare): Promise<Issue> {
    return store.db.transaction().execute(async (transaction) => {
      const issue = await prepare(transaction);
      await insertKey(transaction, issue.row);
      if (issue.replaced)
        await changeExpiry(transaction, issue.replaced.before, issue.replaced.after.expires_at);
      await outbox.enqueue(transaction, issue.entry);
      return issue;
    });
  }

  /** Nobody was shown the key, and it never was in force. */
  async function withdraw({ row, replaced }: Issue): Promise<void> {
    await store.db.transaction().execute(async (transaction) => {
      await setRevoked(transaction, row.id, clock.now());
      if (replaced) await changeExpiry(transaction, replaced.after, replaced.before.expires_at);
      await outbox.enqueue(transaction, entries.withdrawn(row));
    });
  }

  return async (key: Secret, prepare: Prepare): Promise<IssuedKey> => {
    const issue = await commit(prepare);
    const { row, entry, replaced } = issue;
    try {
      await outbox.deliver(entry.id);
    } catch (cause) {
      await withdraw(issue);
      throw new Fault('ledger.unavailable', { detail: 'The new key was withdrawn; make it again.', cause });
    }
    live.put(replaced ? [row, replaced.after] : [row]);
    return { record: toRecord(row, clock.now()), key };
  };
}

export function createIssuing(options: AdministrationOptions): Pick<KeyAdministration, 'create' | 'rotate'> {
  const { clock, policy, entries } = options;
  const issue = createIssuer(options);

  return {
    async create(request, operator) {
      const {
        name,
        role,
        team = null,
        owner = null,
        addresses,
        expiresInMs,
      } = checkCreateKey(request, policy());
      const key = createKey();
      const ranges = addresses ? JSON.stringify(addresses) : null;
      const from = { name, role, team, owner, addresses: ranges, replaces: null };
      const row = createRow({ key, from, lifetimeMs: expiresInMs, now: clock.now() });
      return issue(key, async () => ({ row, entry: entries.created(row, operator) }));
    },

    async rotate(id, overlapMs, operator) {
      if (!Number.isSafeInteger(overlapMs) || overlapMs < 0) {
        throw new Fault('api.invalid', { detail: 'overlap: it is not a duration.' });
      }
      const { roles, teams, longestKeyMs } = policy();
      const key = createKey();
      return issue(key, async (transaction) => {
        const before = requirePresent(await findKey(transaction, id));
        const now = clock.now();
        requireActive(before, now);
        if (!roles.has(before.role)) {
          throw new Fault('api.conflict', { detail: 'The policy no longer has the role of the key.' });
        }
        if (before.team !== null && !teams.has(before.team)) {
          throw new Fault('api.conflict', { detail: 'The policy no longer has the team of the key.' });
        }
        const lifetimeMs = Math.min(before.expires_at - before.created_at, longestKeyMs);
        const row = createRow({ key, from: { ...before, replaces: before.id }, lifetimeMs, now });
        const after = { ...before, expires_at: Math.min(before.expires_at, now + overlapMs) };
        return { row, entry: entries.rotated(row, overlapMs, operator), replaced: { before, after } };
      });
    },
  };
}
