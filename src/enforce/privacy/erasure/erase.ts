import { Fault, randomId } from '../../../kernel/index.ts';
import type { Capture } from '../capture/capture.ts';
import { deleteCapturedOf, sumCaptured } from '../capture/store.ts';
import type { Cases } from '../cases/cases.ts';
import { changeCase, dropWords, findCase, readCasesOf } from '../cases/store.ts';
import { createEntries, createTurns, deliver, type KeepingParts } from '../parts.ts';
import type { Holds } from '../retention/holds.ts';
import type { NamedSubject, Subjects } from '../subjects/subjects.ts';
import type { ErasureReceipt } from './receipt.ts';
import {
  type ErasureRow,
  findErasure,
  insertErasure,
  readBegunErasures,
  readErasures,
  setDone,
} from './store.ts';
import type { UnfinishedErasures } from './unfinished.ts';

export interface Erasure {
  readonly id: string;
  readonly subject: string;
  readonly state: 'begun' | 'done';
  readonly case: string | undefined;
  readonly erasedBy: string;
  readonly begunAt: number;
  readonly doneAt: number | undefined;
  readonly captured: number;
  readonly cases: number;
  readonly entry: string | undefined;
}

export interface EraseRequest {
  readonly subject: string;
  /** The case it answers. */
  readonly case?: string | undefined;
  /** A salted hash of the name, whose salt is handed to the subject and kept nowhere: only who holds it can show whose erasure this was. */
  readonly commitment?: string | undefined;
}

export interface Erasing {
  erase(request: EraseRequest, operator: string): Promise<Erasure>;
  /** Throws where it could not be erased now: unknown, held, or the case is not so far. */
  requireErasable(request: EraseRequest): Promise<void>;
  list(): Promise<readonly Erasure[]>;
  find(id: string): Promise<Erasure | undefined>;
  /** Waits until a signed checkpoint covers the entry. */
  receipt(id: string): Promise<ErasureReceipt>;
  /** The id of an erasure of this subject that was begun and is not finished. By name only since the last start: the name goes with the key. */
  underWay(subject: NamedSubject): string | undefined;
  /** Brings to their end what a crash or a failure broke off. One that fails again does not keep the others. Gives how many were finished. */
  resume(): Promise<number>;
}

export interface ErasingOptions extends KeepingParts {
  readonly subjects: Subjects;
  readonly capture: Capture;
  readonly cases: Cases;
  readonly holds: Holds;
  readonly caseChanged: () => Promise<unknown>;
  readonly emptyLog: () => Promise<void>;
  readonly unfinished: UnfinishedErasures;
}

/**
 * Erasing a subject is destroying its key: whatever it sealed, in the store, in the store's log, in every backup, is noise from then on, and nothing leads
 * from its id in the ledger to anybody. What is left of the ciphertext is deleted after. It is written down first that it began, so that a crash leaves no
 * erasure half done.
 */
export function createErasing(options: ErasingOptions): Erasing {
  const { store, outbox, keys, clock, log, ledger, subjects, capture, cases, holds, caseChanged } = options;
  const { emptyLog, unfinished } = options;
  const entry = createEntries(options);
  const inTurn = createTurns();
  /** Erasures that are not finished, by the name whose key may be gone already. */
  const names = new Map<string, string>();

  async function carryOut(row: ErasureRow): Promise<Erasure> {
    const name = await keys.nameOf(row.subject).catch(() => undefined);
    if (name !== undefined) names.set(name, row.id);
    await keys.destroy([row.subject]);
    // What is on its way is dropped here, for want of a key.
    await capture.flush();
    await deleteCapturedOf(store, row.subject);
    await capture.recount();
    const told = entry('subject.erased', {
      actor: row.erased_by,
      target: row.subject,
      detail: {
        erasure: row.id,
        captured: row.captured,
        cases: row.cases,
        case: row.case_id ?? undefined,
        commitment: row.commitment ?? undefined,
      },
    });
    const done = { done_at: clock.now(), entry_id: told.id };
    const answered = row.case_id === null ? undefined : await findCase(store, row.case_id);
    await store.db.transaction().execute(async (change) => {
      await dropWords(change, row.subject);
      if (answered)
        await changeCase(
          change,
          { id: answered.id, state: 'verified' },
          { state: 'answered', ended_at: done.done_at, ended_by: row.erased_by },
        );
      await setDone(change, row.id, done);
      await outbox.enqueue(change, told);
    });
    for (const [known, id] of names) if (id === row.id) names.delete(known);
    await emptyLog();
    await caseChanged();
    await deliver(options, told);
    return describe({ ...row, ...done, state: 'done' });
  }

  async function requireErasable({ subject, case: caseId }: EraseRequest): Promise<void> {
    const begun = (await readBegunErasures(store)).find((row) => row.subject === subject);
    if (begun) throw new Fault('erasure.under-way', { detail: begun.id });
    subjects.require(subject);
    for (const scope of [subject, 'captured', 'cases', 'keys']) holds.refuse(scope);
    if (caseId !== undefined) await cases.requireVerified(caseId, subject, ['deletion']);
  }

  return {
    requireErasable,
    erase: ({ subject, case: caseId, commitment }, operator) =>
      inTurn(async () => {
        await requireErasable({ subject, case: caseId });
        const row: ErasureRow = {
          id: randomId('ers'),
          subject,
          case_id: caseId ?? null,
          commitment: commitment ?? null,
          state: 'begun',
          erased_by: operator,
          begun_at: clock.now(),
          done_at: null,
          captured: (await sumCaptured(store, subject)).count,
          cases: (await readCasesOf(store, subject)).length,
          entry_id: null,
        };
        await insertErasure(store, row);
        return unfinished.attempt(row, () => carryOut(row));
      }),
    underWay: (subject) => names.get(subjects.fullName(subject)),
    list: async () => (await readErasures(store)).map(describe),
    async find(id) {
      const row = await findErasure(store, id);
      return row && describe(row);
    },
    async receipt(id) {
      const row = await findErasure(store, id);
      if (!row) throw new Fault('api.not-found', { detail: 'There is no erasure of this id.' });
      if (row.entry_id === null)
        throw new Fault('api.conflict', { detail: 'The erasure is not finished yet.' });
      for await (const { entry: told } of ledger.search({ target: row.subject })) {
        if (told.id !== row.entry_id) continue;
        const proof = await ledger.prove(told.id);
        if (!proof) break;
        return {
          format: 'surety-erasure-receipt-1',
          erasure: id,
          verifierKey: ledger.verifierKey,
          entry: told,
          proof,
        };
      }
      throw new Fault('api.conflict', { detail: 'Its entry is not signed yet, or was pruned.' });
    },
    resume: () =>
      inTurn(async () => {
        const begun = (await readBegunErasures(store)).filter(({ subject }) => subject.startsWith('subj_'));
        let finished = 0;
        for (const row of begun)
          await unfinished
            .attempt(row, () => carryOut(row))
            .then(
              () => (finished += 1),
              () => {},
            );
        if (finished > 0) log.warn('erasures that were broken off are finished', { erasures: finished });
        return finished;
      }),
  };
}

function describe(row: ErasureRow): Erasure {
  return {
    id: row.id,
    subject: row.subject,
    state: row.state === 'done' ? 'done' : 'begun',
    case: row.case_id ?? undefined,
    erasedBy: row.erased_by,
    begunAt: row.begun_at,
    doneAt: row.done_at ?? undefined,
    captured: row.captured,
    cases: row.cases,
    entry: row.entry_id ?? undefined,
  };
}
