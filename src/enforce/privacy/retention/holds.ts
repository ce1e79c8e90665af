import { Fault, randomId } from '../../../kernel/index.ts';
import { createEntries, createTurns, deliver, type KeepingParts } from '../parts.ts';
import { type HoldRow, insertHold, readHolds, setReleased } from './store.ts';

/** Something that must not be destroyed, whatever its time is. */
export interface LegalHold {
  readonly id: string;
  /** `everything`, a class of retention, or a subject (`subj_…`). */
  readonly scope: string;
  readonly matter: string;
  readonly heldBy: string;
  readonly heldAt: number;
  readonly releasedBy?: string;
  readonly releasedAt?: number;
}

export interface Holds {
  /** The scope is checked by who asks. */
  place(request: { scope: string; matter: string }, operator: string): Promise<LegalHold>;
  release(id: string, operator: string): Promise<LegalHold>;
  /** Also released ones. */
  list(): Promise<readonly LegalHold[]>;
  find(id: string): Promise<LegalHold | undefined>;
  /** The holds in force over a scope; those over everything hold it too. From memory. */
  over(scope: string): readonly LegalHold[];
  /** Subjects that are held. */
  subjects(): readonly string[];
  /** Throws Fault `subject.held` with the matter. */
  refuse(scope: string): void;
  /** Rows were deleted. */
  reload(): Promise<void>;
}

export const everything = 'everything';

export async function openHolds(parts: KeepingParts): Promise<Holds> {
  const { store, outbox, clock } = parts;
  const entry = createEntries(parts);
  const inTurn = createTurns();
  let all = (await readHolds(store)).map(describe);
  const reload = async (): Promise<void> => {
    all = (await readHolds(store)).map(describe);
  };
  const over = (scope: string): readonly LegalHold[] =>
    all.filter(
      (hold) => hold.releasedAt === undefined && (hold.scope === scope || hold.scope === everything),
    );

  return {
    place: ({ scope, matter }, operator) =>
      inTurn(async () => {
        const row: HoldRow = {
          id: randomId('hold'),
          scope,
          matter,
          held_by: operator,
          held_at: clock.now(),
          released_by: null,
          released_at: null,
        };
        const told = entry('hold.placed', { actor: operator, target: row.id, detail: { scope } });
        await store.db.transaction().execute(async (change) => {
          await insertHold(change, row);
          await outbox.enqueue(change, told);
        });
        await reload();
        await deliver(parts, told);
        return describe(row);
      }),
    release: (id, operator) =>
      inTurn(async () => {
        const found = all.find((hold) => hold.id === id);
        if (!found) throw new Fault('api.not-found', { detail: 'There is no hold of this id.' });
        const told = entry('hold.released', { actor: operator, target: id, detail: { scope: found.scope } });
        const by = { released_by: operator, released_at: clock.now() };
        await store.db.transaction().execute(async (change) => {
          if (!(await setReleased(change, id, by)))
            throw new Fault('api.conflict', { detail: 'The hold was released already.' });
          await outbox.enqueue(change, told);
        });
        await reload();
        await deliver(parts, told);
        return { ...found, releasedBy: operator, releasedAt: by.released_at };
      }),
    list: async () => all,
    find: async (id) => all.find((hold) => hold.id === id),
    over,
    subjects: () =>
      all.flatMap((hold) =>
        hold.releasedAt === undefined && hold.scope.startsWith('subj_') ? hold.scope : [],
      ),
    refuse(scope) {
      const [hold] = over(scope);
      if (!hold) return;
      const since = new Date(hold.heldAt).toISOString().slice(0, 10);
      throw new Fault('subject.held', {
        detail: `It is held for the matter ${hold.matter} since ${since} (${hold.id}).`,
      });
    },
    reload,
  };
}

function describe(row: HoldRow): LegalHold {
  return {
    id: row.id,
    scope: row.scope,
    matter: row.matter,
    heldBy: row.held_by,
    heldAt: row.held_at,
    ...(row.released_by !== null && { releasedBy: row.released_by }),
    ...(row.released_at !== null && { releasedAt: row.released_at }),
  };
}
