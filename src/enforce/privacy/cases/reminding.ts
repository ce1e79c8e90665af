import { createEntries, deliver, type KeepingParts } from '../parts.ts';
import { type CaseRow, changeCase, readOpenCases } from './store.ts';

export interface CaseFigures {
  readonly open: number;
  readonly overdue: number;
}

/** Says, once each, that a case is due soon and that its time is over. Called now and then. */
export function createReminding(parts: KeepingParts) {
  const { store, outbox, clock, log, policy } = parts;
  const entry = createEntries(parts);
  let figures: CaseFigures = { open: 0, overdue: 0 };

  async function remind(row: CaseRow, now: number): Promise<void> {
    const isOverdue = now > row.due_at;
    const isNear = now >= row.due_at - policy().data.cases.remind;
    if (isOverdue ? row.overdue_at !== null : !isNear || row.reminded_at !== null) return;
    const dueAt = new Date(row.due_at).toISOString();
    const detail = { subject: row.subject, kind: row.kind, law: row.law, state: row.state, dueAt };
    const told = entry(isOverdue ? 'case.overdue' : 'case.reminded', {
      actor: 'system',
      target: row.id,
      detail,
    });
    await store.db.transaction().execute(async (change) => {
      const to = isOverdue ? { overdue_at: now } : { reminded_at: now };
      if (await changeCase(change, row, to)) await outbox.enqueue(change, told);
    });
    const sentence = isOverdue
      ? 'a case of a data subject is overdue'
      : 'a case of a data subject is due soon';
    log.warn(sentence, { case: row.id, kind: row.kind, law: row.law, dueAt });
    await deliver(parts, told);
  }

  async function count(): Promise<readonly CaseRow[]> {
    const now = clock.now();
    const rows = await readOpenCases(store);
    figures = { open: rows.length, overdue: rows.filter(({ due_at: due }) => now > due).length };
    return rows;
  }

  return {
    figures: (): CaseFigures => figures,
    /** A case was opened or changed. */
    count,
    async look(): Promise<void> {
      for (const row of await count()) await remind(row, clock.now());
    },
  };
}
