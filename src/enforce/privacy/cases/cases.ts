import { Fault, randomId } from '../../../kernel/index.ts';
import { createEntries, createTurns, deliver, type KeepingParts } from '../parts.ts';
import type { NamedSubject, Subjects } from '../subjects/subjects.ts';
import {
  type CaseState,
  type CaseWords,
  describeCase,
  type IdentityCheck,
  type SubjectCase,
} from './case.ts';
import { type CaseKind, endOfTerm, type LawName, laws, type RefusalGround } from './law.ts';
import {
  type CaseRow,
  changeCase,
  findCase,
  insertCase,
  openStates,
  readCases,
  readCasesOf,
} from './store.ts';
import { createWords } from './words.ts';

export interface OpenCase extends NamedSubject {
  readonly kind: CaseKind;
  readonly law: LawName;
  /** When the request came; default: now. */
  readonly receivedAt?: number | undefined;
}

/** Requests of data subjects, from receipt to answer, refusal or withdrawal. */
export interface Cases {
  open(request: OpenCase, operator: string): Promise<SubjectCase>;
  list(): Promise<readonly SubjectCase[]>;
  of(subject: string): Promise<readonly SubjectCase[]>;
  find(id: string): Promise<SubjectCase | undefined>;
  words(id: string): Promise<CaseWords>;
  verify(
    id: string,
    check: { how: IdentityCheck; note?: string | undefined },
    operator: string,
  ): Promise<SubjectCase>;
  /** Once, and before the time is over. The reason is what the subject was told. */
  extend(id: string, reason: string, operator: string): Promise<SubjectCase>;
  refuse(
    id: string,
    because: { ground: RefusalGround; reason: string },
    operator: string,
  ): Promise<SubjectCase>;
  complete(id: string, note: string | undefined, operator: string): Promise<SubjectCase>;
  withdraw(id: string, operator: string): Promise<SubjectCase>;
  /** Throws where the case is not of this subject, has ended, or nobody checked whose it is. */
  requireVerified(id: string, subject: string, kinds: readonly CaseKind[]): Promise<CaseRow>;
  noteExport(id: string): Promise<void>;
}

/** `changed` is told of every change, for figures. */
export function createCases(parts: KeepingParts, subjects: Subjects, changed: () => Promise<unknown>): Cases {
  const { store, outbox, clock } = parts;
  const entry = createEntries(parts);
  const words = createWords(parts);
  const inTurn = createTurns();
  const describe = (row: CaseRow): SubjectCase => describeCase(row, clock.now());

  async function requireCase(id: string): Promise<CaseRow> {
    const row = await findCase(store, id);
    if (!row) throw new Fault('api.not-found', { detail: 'There is no case of this id.' });
    return row;
  }

  async function requireOpen(id: string): Promise<CaseRow> {
    const row = await requireCase(id);
    if (!isOpen(row)) throw new Fault('case.closed');
    return row;
  }

  interface Step {
    readonly kind: string;
    readonly operator: string;
    readonly detail?: Record<string, string | number | undefined>;
    readonly to: Partial<Omit<CaseRow, 'id'>>;
    readonly add?: CaseWords;
  }

  async function step(row: CaseRow, { kind, operator, detail, to, add }: Step): Promise<SubjectCase> {
    const after = { ...to, ...(add && { words: await words.add(row, add) }) };
    const told = entry(kind, {
      actor: operator,
      target: row.id,
      detail: { subject: row.subject, kind: row.kind, law: row.law, ...detail },
    });
    await store.db.transaction().execute(async (change) => {
      if (!(await changeCase(change, row, after)))
        throw new Fault('api.conflict', { detail: 'Somebody else changed the case meanwhile.' });
      await outbox.enqueue(change, told);
    });
    await changed();
    await deliver(parts, told);
    return describe({ ...row, ...after });
  }

  const end = (row: CaseRow, state: CaseState, more: Omit<Step, 'kind' | 'to'> & { ground?: string }) => {
    const { ground, ...rest } = more;
    const to = { state, ended_at: clock.now(), ended_by: more.operator, ...(ground && { ground }) };
    return step(row, { ...rest, kind: `case.${state}`, to });
  };

  return {
    async open({ kind, law, receivedAt = clock.now(), ...named }, operator) {
      if (receivedAt > clock.now())
        throw new Fault('api.invalid', { detail: 'received: it is not in the past.' });
      const subject = await subjects.take(named);
      const row = newCase({ subject, kind, law, receivedAt, operator });
      const told = entry('case.opened', {
        actor: operator,
        target: row.id,
        detail: { subject, kind, law, dueAt: new Date(row.due_at).toISOString() },
      });
      await store.db.transaction().execute(async (change) => {
        await insertCase(change, row);
        await outbox.enqueue(change, told);
      });
      await changed();
      await deliver(parts, told);
      return describe(row);
    },
    list: async () => (await readCases(store)).map(describe),
    of: async (subject) => (await readCasesOf(store, subject)).map(describe),
    async find(id) {
      const row = await findCase(store, id);
      return row && describe(row);
    },
    words: async (id) => words.read(await requireCase(id)),
    verify: (id, { how, note }, operator) =>
      inTurn(async () => {
        const row = await requireOpen(id);
        if (row.state === 'verified')
          throw new Fault('api.conflict', { detail: 'Whose it is was checked already.' });
        const to = { state: 'verified', verified_at: clock.now(), verified_by: operator, verified_how: how };
        const add = note === undefined ? {} : { add: { identity: note } };
        return step(row, { kind: 'case.verified', operator, detail: { how }, to, ...add });
      }),
    extend: (id, reason, operator) =>
      inTurn(async () => {
        const row = await requireOpen(id);
        if (row.extended_at !== null)
          throw new Fault('api.conflict', { detail: 'It was extended already: once is all.' });
        if (clock.now() > row.due_at)
          throw new Fault('api.conflict', {
            detail: 'Its time is over: it had to be extended, and the subject told, before.',
          });
        const dueAt = endOfTerm(row.received_at, laws[row.law as LawName].extended);
        const to = {
          due_at: dueAt,
          extended_at: clock.now(),
          extended_by: operator,
          reminded_at: null,
          overdue_at: null,
        };
        const detail = { dueAt: new Date(dueAt).toISOString() };
        return step(row, { kind: 'case.extended', operator, detail, to, add: { extension: reason } });
      }),
    refuse: (id, { ground, reason }, operator) =>
      inTurn(async () => {
        const row = await requireOpen(id);
        if (row.state !== 'verified' && ground !== 'not-identified') throw new Fault('case.identity');
        return end(row, 'refused', { operator, ground, detail: { ground }, add: { refusal: reason } });
      }),
    complete: (id, note, operator) =>
      inTurn(async () => {
        const row = await requireOpen(id);
        if (row.state !== 'verified') throw new Fault('case.identity');
        if (row.kind === 'deletion')
          throw new Fault('api.conflict', {
            detail: 'A deletion is answered by erasing for the case: "surety subjects erase … --case".',
          });
        if (row.kind !== 'correction' && row.exported_at === null)
          throw new Fault('api.conflict', {
            detail: 'Nothing was exported for the case yet: "surety subjects export … --case".',
          });
        return end(row, 'answered', { operator, ...(note !== undefined && { add: { answer: note } }) });
      }),
    withdraw: (id, operator) => inTurn(async () => end(await requireOpen(id), 'withdrawn', { operator })),
    async requireVerified(id, subject, kinds) {
      const row = await requireOpen(id);
      if (row.subject !== subject)
        throw new Fault('api.conflict', { detail: 'The case is of another data subject.' });
      if (!kinds.includes(row.kind as CaseKind))
        throw new Fault('api.conflict', { detail: `The case is about ${row.kind}.` });
      if (row.state !== 'verified') throw new Fault('case.identity');
      return row;
    },
    async noteExport(id) {
      const row = await requireOpen(id);
      await store.db
        .transaction()
        .execute(async (change) => changeCase(change, row, { exported_at: clock.now() }));
    },
  };
}

const isOpen = ({ state }: CaseRow): boolean => (openStates as readonly string[]).includes(state);

interface NewCase {
  readonly subject: string;
  readonly kind: CaseKind;
  readonly law: LawName;
  readonly receivedAt: number;
  readonly operator: string;
}

function newCase({ subject, kind, law, receivedAt, operator }: NewCase): CaseRow {
  return {
    id: randomId('case'),
    subject,
    kind,
    law,
    state: 'open',
    opened_by: operator,
    received_at: receivedAt,
    due_at: endOfTerm(receivedAt, laws[law].term),
    verified_at: null,
    verified_by: null,
    verified_how: null,
    extended_at: null,
    extended_by: null,
    exported_at: null,
    ended_at: null,
    ended_by: null,
    ground: null,
    reminded_at: null,
    overdue_at: null,
    words: null,
  };
}
