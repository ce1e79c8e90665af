import { Fault, randomId } from '../../../kernel/index.ts';
import type { Pseudonyms } from '../../../record/index.ts';
import { requireReason } from '../capture/reading.ts';
import { type ErasureRow, insertErasure, readBegunErasures, setDone } from '../erasure/store.ts';
import { createEntries, createTurns, deliver, type KeepingParts } from '../parts.ts';
import type { UnfinishedErasures } from '../erasure/unfinished.ts';
import type { Holds } from '../retention/holds.ts';
import type { Forgetting } from './meanings.ts';

/** The pseudonyms of addresses, networks and persons that stand in entries, and what they stand for. */
export interface Named {
  /** Recorded before it is shown. */
  reveal(pseudonym: string, reason: string, operator: string): Promise<string>;
  /** Destroys what it stands for, also in backups. Its erasure has a receipt like that of a subject. */
  /** Throws Fault `api.not-found`. */
  requireKept(pseudonym: string): Promise<void>;
  requireErasable(pseudonym: string): Promise<void>;
  erase(pseudonym: string, operator: string): Promise<{ readonly erasure: string }>;
  resume(): Promise<void>;
}

const pattern = /^(?:addr|net|person)_[\w-]{22}$/;

export interface NamedOptions extends KeepingParts {
  readonly pseudonyms: Pseudonyms;
  readonly forgetting: Forgetting;
  readonly holds: Holds;
  readonly emptyLog: () => Promise<void>;
  readonly unfinished: UnfinishedErasures;
}

export function createNamed(options: NamedOptions): Named {
  const { store, outbox, clock, ledger, policy, pseudonyms, forgetting, holds, emptyLog, unfinished } =
    options;
  const entry = createEntries(options);
  const inTurn = createTurns();
  const notFound = () =>
    new Fault('api.not-found', { detail: 'What this pseudonym stands for is not kept, or was erased.' });

  async function carryOut(row: ErasureRow): Promise<void> {
    await forgetting.forget(row.subject);
    const told = entry('pseudonym.erased', {
      actor: row.erased_by,
      target: row.subject,
      detail: { erasure: row.id },
    });
    await store.db.transaction().execute(async (change) => {
      await setDone(change, row.id, { done_at: clock.now(), entry_id: told.id });
      await outbox.enqueue(change, told);
    });
    await emptyLog();
    await deliver(options, told);
  }

  async function requireKept(pseudonym: string): Promise<void> {
    if (!pattern.test(pseudonym) || (await pseudonyms.reveal(pseudonym)) === undefined) throw notFound();
  }

  async function requireErasable(pseudonym: string): Promise<void> {
    await requireKept(pseudonym);
    holds.refuse('pseudonyms');
  }

  return {
    requireKept,
    requireErasable,
    async reveal(pseudonym, reason, operator) {
      requireReason(policy().data.capture.reasons, reason);
      const meaning = pattern.test(pseudonym) ? await pseudonyms.reveal(pseudonym) : undefined;
      if (meaning === undefined) throw notFound();
      const detail = { cause: reason };
      await ledger.append(entry('pseudonym.revealed', { actor: operator, target: pseudonym, detail }));
      return meaning;
    },
    erase: (pseudonym, operator) =>
      inTurn(async () => {
        await requireErasable(pseudonym);
        const row: ErasureRow = {
          id: randomId('ers'),
          subject: pseudonym,
          case_id: null,
          commitment: null,
          state: 'begun',
          erased_by: operator,
          begun_at: clock.now(),
          done_at: null,
          captured: 0,
          cases: 0,
          entry_id: null,
        };
        await insertErasure(store, row);
        await unfinished.attempt(row, () => carryOut(row));
        return { erasure: row.id };
      }),
    async resume() {
      for (const row of await readBegunErasures(store))
        if (pattern.test(row.subject)) await unfinished.attempt(row, () => carryOut(row)).catch(() => {});
    },
  };
}
