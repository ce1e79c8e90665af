import { Fault, randomId } from '../../../kernel/index.ts';
import type { Entry } from '../../../record/index.ts';
import type { OperatorEntryKind, OperatorEvent } from './entries.ts';
import type { Operator } from './operator.ts';
import type { OperatorParts } from './parts.ts';
import type { OperatorPermission } from './permissions.ts';
import { findRequest, insertRequest, moveRequest, type RequestRow, readRequests } from './store.ts';

/** `approved`: the asker may run it; `running`: it was begun, and is never begun again. */
export type RequestState =
  | 'waiting'
  | 'approved'
  | 'running'
  | 'done'
  | 'failed'
  | 'refused'
  | 'withdrawn'
  | 'expired';

/** An act that a second person must approve, or that was done without one. */
export interface ActRequest {
  readonly id: string;
  readonly askedBy: string;
  readonly act: OperatorPermission;
  readonly route: string;
  /** As it was asked. */
  readonly input: unknown;
  readonly state: RequestState;
  readonly askedAt: number;
  readonly expiresAt: number;
  readonly decidedAt?: number;
  readonly decidedBy?: string;
  readonly reason?: string;
  /** Who issued the key it was asked with, where that was another operator. */
  readonly askedKeyBy?: string;
  /** Who created the operator that asked. */
  readonly askerMadeBy?: string;
  /** The permissions it gives to an operator, as they were when it was asked. */
  readonly confers?: readonly OperatorPermission[];
}

export interface AskedAct {
  readonly act: OperatorPermission;
  readonly route: string;
  readonly input: unknown;
  readonly confers?: readonly OperatorPermission[] | undefined;
}

/** Requests for a second person. Each step is a conditional move of one row, so that of two at once one wins. */
export interface OperatorRequests {
  ask(asked: AskedAct, by: Operator): Promise<ActRequest>;
  /** Done at once, alone: the glass is broken. The request is the record of it, and is running. */
  breakGlass(asked: AskedAct, by: Operator, reason: string): Promise<ActRequest>;
  /** Done at once by the owner of the data folder, while there is nobody who could approve. */
  waive(asked: AskedAct, by: Operator): Promise<ActRequest>;
  list(): Promise<readonly ActRequest[]>;
  find(id: string): Promise<ActRequest | undefined>;
  approve(id: string, by: Operator): Promise<ActRequest>;
  refuse(id: string, by: Operator, reason: string): Promise<ActRequest>;
  withdraw(id: string, by: Operator): Promise<ActRequest>;
  /** Begins what was approved; throws where it was begun before. */
  begin(id: string): Promise<ActRequest>;
  end(id: string, reason: string | undefined): Promise<ActRequest>;
  /** What has waited too long, and what a crash interrupted at the start. */
  sweep(interrupted?: boolean): Promise<void>;
}

function toRequest(row: RequestRow): ActRequest {
  return {
    id: row.id,
    askedBy: row.asked_by,
    act: row.act as OperatorPermission,
    route: row.route,
    input: JSON.parse(row.input) as unknown,
    state: row.state as RequestState,
    askedAt: row.asked_at,
    expiresAt: row.expires_at,
    ...(row.decided_at !== null && { decidedAt: row.decided_at }),
    ...(row.decided_by !== null && { decidedBy: row.decided_by }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.asked_key_by !== null && { askedKeyBy: row.asked_key_by }),
    ...(row.asker_made_by !== null && { askerMadeBy: row.asker_made_by }),
    ...(row.confers !== null && { confers: JSON.parse(row.confers) as OperatorPermission[] }),
  };
}

interface Move {
  readonly from: RequestRow;
  readonly to: Partial<Omit<RequestRow, 'id' | 'state'>> & { readonly state: RequestState };
  readonly kind: OperatorEntryKind;
  readonly event: OperatorEvent;
  /** Whether the step waits until it is recorded; it is taken back where it cannot be. */
  readonly mustRecord: boolean;
}

/** Store and ledger of one step. */
function createSteps({ store, outbox, log, entry }: OperatorParts) {
  async function record(told: Entry, mustRecord: boolean, undo: () => Promise<unknown>): Promise<void> {
    try {
      await outbox.deliver(told.id);
    } catch (cause) {
      if (!mustRecord) return log.warn('a step of a request waits to be recorded', { kind: told.kind });
      await undo();
      throw new Fault('ledger.unavailable', { detail: 'It was taken back; do it again.', cause });
    }
  }

  return {
    async insert(
      row: RequestRow,
      kind: OperatorEntryKind,
      detail: OperatorEvent['detail'],
    ): Promise<ActRequest> {
      const told = entry(kind, {
        actor: row.asked_by,
        target: row.id,
        detail: { act: row.act, route: row.route, ...detail },
      });
      await store.db.transaction().execute(async (change) => {
        await insertRequest(change, row);
        await outbox.enqueue(change, told);
      });
      await record(told, true, () =>
        store.db
          .transaction()
          .execute((change) => moveRequest(change, row, { state: 'failed', reason: 'ledger.unavailable' })),
      );
      return toRequest(row);
    },
    async move({ from, to, kind, event, mustRecord }: Move): Promise<ActRequest> {
      const told = entry(kind, { target: from.id, ...event, detail: { act: from.act, ...event.detail } });
      const after: RequestRow = { ...from, ...to };
      await store.db.transaction().execute(async (change) => {
        if (!(await moveRequest(change, from, to)))
          throw new Fault('api.conflict', { detail: 'Somebody else decided the request meanwhile.' });
        await outbox.enqueue(change, told);
      });
      await record(told, mustRecord, () =>
        store.db.transaction().execute((change) => moveRequest(change, after, from)),
      );
      return toRequest(after);
    },
  };
}

export function createOperatorRequests(parts: OperatorParts): OperatorRequests {
  const { store, clock, policy, live } = parts;
  const steps = createSteps(parts);

  function newRow({ act, route, input, confers }: AskedAct, by: Operator, state: RequestState): RequestRow {
    const now = clock.now();
    return {
      id: randomId('req'),
      asked_by: by.id,
      act,
      route,
      input: JSON.stringify(input),
      state,
      asked_at: now,
      expires_at: now + policy().section.approval.expires,
      decided_at: null,
      decided_by: null,
      reason: null,
      asked_key_by: by.issuedBy ?? null,
      asker_made_by: live.operator(by.id)?.created_by ?? null,
      confers: confers ? JSON.stringify(confers) : null,
    };
  }

  async function inState(id: string, ...states: readonly RequestState[]): Promise<RequestRow> {
    await sweep();
    const row = await findRequest(store.db, id);
    if (!row) throw new Fault('api.not-found', { detail: 'There is no request of this id.' });
    if (!states.includes(row.state as RequestState))
      throw new Fault('api.conflict', { detail: `The request is ${row.state} already.` });
    return row;
  }

  /** By the ties of now, which hold those of when it was asked. */
  function requireIndependent(from: RequestRow, by: Operator): void {
    if (by.id === from.asked_by) throw new Fault('approval.own');
    const asker = {
      id: from.asked_by,
      ...(from.asked_key_by !== null && { issuedBy: from.asked_key_by }),
    };
    if (!live.ties.areIndependent(asker, by))
      throw new Fault('approval.own', {
        detail:
          'You and the asker are not independent: one of you created the other, issued a key for it, or changed or enabled it (also over operators in between), or one operator issued keys for both.',
      });
  }

  const decided = (by: Operator) => ({ decided_at: clock.now(), decided_by: by.id });

  async function sweep(interrupted = false): Promise<void> {
    const now = clock.now();
    for (const from of await readRequests(store)) {
      const late = ['waiting', 'approved'].includes(from.state) && now >= from.expires_at;
      if (late)
        await steps.move({
          from,
          to: { state: 'expired' },
          kind: 'request.expired',
          event: { actor: 'system' },
          mustRecord: false,
        });
      if (interrupted && from.state === 'running')
        await steps.move({
          from,
          to: { state: 'failed', reason: 'interrupted' },
          kind: 'request.ended',
          event: { actor: 'system', outcome: 'unknown' },
          mustRecord: false,
        });
    }
  }

  return {
    ask: (asked, by) => steps.insert(newRow(asked, by, 'waiting'), 'request.asked', {}),
    breakGlass: (asked, by, reason) =>
      steps.insert({ ...newRow(asked, by, 'running'), reason, ...decided(by) }, 'access.break-glass', {
        reason,
      }),
    waive: (asked, by) =>
      steps.insert({ ...newRow(asked, by, 'running'), ...decided(by) }, 'request.waived', {}),
    async list() {
      await sweep();
      return (await readRequests(store)).map(toRequest);
    },
    async find(id) {
      await sweep();
      const row = await findRequest(store.db, id);
      return row && toRequest(row);
    },
    async approve(id, by) {
      const from = await inState(id, 'waiting');
      requireIndependent(from, by);
      const event = { actor: by.id, detail: { askedBy: from.asked_by } };
      const to = { state: 'approved' as const, ...decided(by) };
      return steps.move({ from, to, kind: 'request.approved', event, mustRecord: true });
    },
    async refuse(id, by, reason) {
      const from = await inState(id, 'waiting', 'approved');
      const event = { actor: by.id, detail: { askedBy: from.asked_by } };
      const to = { state: 'refused' as const, reason, ...decided(by) };
      return steps.move({ from, to, kind: 'request.refused', event, mustRecord: false });
    },
    async withdraw(id, by) {
      const from = await inState(id, 'waiting', 'approved');
      if (from.asked_by !== by.id)
        throw new Fault('operator.forbidden', {
          detail: 'Only who asked can withdraw a request; others refuse it.',
        });
      return steps.move({
        from,
        to: { state: 'withdrawn', ...decided(by) },
        kind: 'request.withdrawn',
        event: { actor: by.id },
        mustRecord: false,
      });
    },
    async begin(id) {
      const from = await inState(id, 'approved');
      const moved = await store.db
        .transaction()
        .execute((change) => moveRequest(change, from, { state: 'running' }));
      if (!moved) throw new Fault('api.conflict', { detail: 'The request was begun already.' });
      return toRequest({ ...from, state: 'running' });
    },
    async end(id, reason) {
      const from = await inState(id, 'running');
      const failed = reason !== undefined;
      return steps.move({
        from,
        to: { state: failed ? 'failed' : 'done', ...(failed && { reason }) },
        kind: 'request.ended',
        event: {
          actor: from.asked_by,
          outcome: failed ? 'failed' : 'succeeded',
          ...(failed && { reason }),
          ...(from.asked_key_by !== null && { detail: { issuedBy: from.asked_key_by } }),
        },
        mustRecord: false,
      });
    },
    sweep,
  };
}
