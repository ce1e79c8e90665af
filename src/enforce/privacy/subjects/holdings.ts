import type { RecordedEntry } from '../../../record/index.ts';
import { sumCaptured } from '../capture/store.ts';
import { readCasesOf } from '../cases/store.ts';
import { ledgerKeepMs } from '../keeping-section.ts';
import type { KeepingParts } from '../parts.ts';
import type { Holds, LegalHold } from '../retention/holds.ts';
import type { Subjects } from './subjects.ts';

/** What is held of a subject in one place. */
export interface Holding {
  readonly where: 'captured' | 'cases' | 'ledger' | 'key';
  readonly what: string;
  readonly count: number;
  /** There are more than were counted. */
  readonly more: boolean;
  readonly bytes?: number | undefined;
  readonly firstAt?: number | undefined;
  readonly lastAt?: number | undefined;
  readonly keptForMs: number;
}

export interface SubjectAccess {
  readonly id: string;
  readonly name: string;
  readonly team: string | undefined;
  readonly knownSince: number;
  readonly holdings: readonly Holding[];
  readonly holds: readonly LegalHold[];
}

/** Counting goes through entries; beyond this the answer is "more". */
const mostCounted = 10_000;

/** Every entry that names a subject: those of calls, and those about the subject itself. Oldest first. */
export async function* entriesOf(
  { ledger }: Pick<KeepingParts, 'ledger'>,
  subject: string,
  { from = 0, limit = Number.POSITIVE_INFINITY }: { from?: number; limit?: number } = {},
): AsyncGenerator<RecordedEntry> {
  const kinds = [ledger.search({ subject, from }), ledger.search({ target: subject, from })].map((found) =>
    found[Symbol.asyncIterator](),
  );
  const heads = await Promise.all(kinds.map((found) => found.next()));
  let last = -1;
  for (let left = limit; left > 0; ) {
    let first = -1;
    for (const [place, head] of heads.entries()) {
      const best = heads[first];
      if (!head.done && (!best || best.done || head.value.index < best.value.index)) first = place;
    }
    const head = heads[first];
    if (!head || head.done) return;
    const next = await kinds[first]?.next();
    if (next) heads[first] = next;
    // An entry that is found both ways comes once.
    if (head.value.index === last) continue;
    last = head.value.index;
    left -= 1;
    yield head.value;
  }
}

/** Says what is held of a subject, where, since when and for how long. */
export function createHoldings(
  parts: KeepingParts,
  { subjects, holds }: { subjects: Subjects; holds: Holds },
) {
  return async (id: string): Promise<SubjectAccess> => {
    const described = await subjects.describe(id);
    const { retention } = parts.policy().data;
    const captured = await sumCaptured(parts.store, id);
    const cases = await readCasesOf(parts.store, id);
    let entries = 0;
    let firstAt: number | undefined;
    let lastAt: number | undefined;
    for await (const { entry } of entriesOf(parts, id, { limit: mostCounted + 1 })) {
      entries += 1;
      lastAt = Date.parse(entry.at);
      firstAt ??= lastAt;
    }
    const ledgerMs = ledgerKeepMs(parts.policy());
    return {
      id,
      ...described,
      holds: holds.over(id),
      holdings: [
        {
          where: 'captured',
          what: 'Prompts and answers, sealed under the key of the subject.',
          more: false,
          keptForMs: retention.captured,
          ...captured,
        },
        {
          where: 'cases',
          what: 'Requests of the subject, and what people wrote about them.',
          count: cases.length,
          more: false,
          firstAt: cases.at(0)?.received_at,
          lastAt: cases.at(-1)?.received_at,
          keptForMs: retention.cases,
        },
        {
          where: 'ledger',
          what: 'Entries of calls and acts, under the id of the subject, without a name and without content.',
          count: Math.min(entries, mostCounted),
          more: entries > mostCounted,
          firstAt,
          lastAt,
          keptForMs: ledgerMs,
        },
        {
          where: 'key',
          what: 'The name, sealed, with the key that opens all of this.',
          count: 1,
          more: false,
          firstAt: described.knownSince,
          keptForMs: ledgerMs,
        },
      ],
    };
  };
}
