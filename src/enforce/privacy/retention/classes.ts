import type { Pseudonyms, SealedMeanings } from '../../../record/index.ts';
import type { KeyStore } from '../../../secrets/index.ts';
import { captureKeepMs, type Capture } from '../capture/capture.ts';
import { type CapturedEnds, countEnded, deleteEnded, keysInUse } from '../capture/store.ts';
import { countEndedCases, deleteEndedCases, type EndedCases, subjectsWithCases } from '../cases/store.ts';
import { countDone, deleteDone } from '../erasure/store.ts';
import { ledgerKeepMs } from '../keeping-section.ts';
import type { KeepingParts } from '../parts.ts';
import type { Forgetting } from '../subjects/meanings.ts';
import type { Holds } from './holds.ts';
import type { Due, RetainedClass } from './retention.ts';
import { countReleased, deleteReleased } from './store.ts';

const dayMs = 86_400_000;

interface ClassParts extends KeepingParts {
  readonly capture: Capture;
  readonly holds: Holds;
  readonly pseudonyms: Pseudonyms;
  readonly sealedMeanings: SealedMeanings;
  readonly forgetting: Forgetting;
}

/** What this room keeps, and when each goes. */
export function keepingClasses(parts: ClassParts): readonly RetainedClass[] {
  return [
    captured(parts),
    cases(parts),
    erasures(parts),
    holdsClass(parts),
    subjectKeys(parts),
    pseudonymsClass(parts),
  ];
}

type EndsParts = Pick<ClassParts, 'policy' | 'holds'>;

/** What of the captured content a sweep deletes. */
function capturedEnds(
  { policy, holds }: EndsParts,
  now: number,
  except: readonly string[] = holds.subjects(),
): CapturedEnds {
  return { now, except, bornAfter: (route) => now - captureKeepMs(policy().data, route) };
}

/** Which cases a sweep deletes. */
function endedCases(
  { policy, holds }: EndsParts,
  now: number,
  except: readonly string[] = holds.subjects(),
): EndedCases {
  return { before: now - policy().data.retention.cases, except };
}

function captured(parts: ClassParts): RetainedClass {
  const { store, policy, capture } = parts;
  return {
    name: 'captured',
    what: 'Prompts and answers, from when they were captured.',
    where: ['captured'],
    rule: {
      kind: 'swept',
      keepMs: () => policy().data.retention.captured,
      due: (now) => countEnded(store, capturedEnds(parts, now, [])),
      sweepable: async (now) => (await countEnded(store, capturedEnds(parts, now))).count,
      async sweep(now) {
        const count = await deleteEnded(store, capturedEnds(parts, now));
        if (count > 0) await capture.recount();
        return count;
      },
    },
  };
}

function cases(parts: ClassParts): RetainedClass {
  const { store, policy } = parts;
  const keepMs = () => policy().data.retention.cases;
  return {
    name: 'cases',
    what: 'Requests of data subjects, from when they ended.',
    where: ['cases'],
    rule: {
      kind: 'swept',
      keepMs,
      due: (now) => countEndedCases(store, endedCases(parts, now, [])),
      sweepable: async (now) => (await countEndedCases(store, endedCases(parts, now))).count,
      sweep: (now) => deleteEndedCases(store, endedCases(parts, now)),
    },
  };
}

function erasures({ store, policy }: ClassParts): RetainedClass {
  const keepMs = () => policy().data.retention.cases;
  return {
    name: 'erasures',
    what: 'That an id was erased, for receipts; from when it was.',
    where: ['erasures'],
    rule: {
      kind: 'swept',
      keepMs,
      due: (now) => countDone(store, now - keepMs()),
      sweep: (now) => deleteDone(store, now - keepMs()),
    },
  };
}

function holdsClass({ store, policy, holds }: ClassParts): RetainedClass {
  const keepMs = () => policy().data.retention.holds;
  return {
    name: 'holds',
    what: 'Legal holds, from when they were released.',
    where: ['legal_holds'],
    rule: {
      kind: 'swept',
      keepMs,
      due: (now) => countReleased(store, now - keepMs()),
      async sweep(now) {
        const count = await deleteReleased(store, now - keepMs());
        if (count > 0) await holds.reload();
        return count;
      },
    },
  };
}

/** Keys that nothing needs: what they sealed is gone, no case speaks of them, and the entries that name them are pruned. */
function subjectKeys(parts: ClassParts): RetainedClass {
  const { store, keys, policy, holds } = parts;
  const keepMs = () => ledgerKeepMs(policy());

  /** With the classes in `swept` taken as swept already: a dry run comes before what the run itself has done by then. */
  async function idle(now: number, swept: ReadonlySet<string>): Promise<KeyDescriptions> {
    // Entries that are held would say nobody any more.
    if (holds.over('ledger').length > 0) return [];
    const inUse = await keysInUse(store, swept.has('captured') ? capturedEnds(parts, now) : undefined);
    const withCases = await subjectsWithCases(store, swept.has('cases') ? endedCases(parts, now) : undefined);
    const held = new Set(holds.subjects());
    const today = Math.floor(now / dayMs);
    const lastDay = Math.floor((now - keepMs()) / dayMs);
    return keys.list().filter(({ id, purpose, seenDay }) => {
      if (inUse.has(id) || withCases.has(id) || held.has(id)) return false;
      return purpose === 'subject' ? seenDay < lastDay : purpose === 'day' && seenDay < today - 1;
    });
  }

  return {
    name: 'keys',
    what: 'Keys and sealed names of data subjects, from when they were last named; those of days, when nothing of the day is left.',
    where: ['vault/data-keys'],
    rule: {
      kind: 'swept',
      keepMs,
      async due(now): Promise<Due> {
        const found = await idle(now, new Set());
        const oldest = Math.min(...found.map(({ seenDay }) => seenDay * dayMs));
        return { count: found.length, ...(found.length > 0 && { oldestAt: oldest }) };
      },
      sweepable: async (now, swept) => (await idle(now, swept)).length,
      sweep: async (now) => keys.destroy((await idle(now, new Set())).map(({ id }) => id)),
    },
  };
}

function pseudonymsClass({ policy, pseudonyms, sealedMeanings, forgetting }: ClassParts): RetainedClass {
  const keepMs = () => policy().data.retention.pseudonyms;
  return {
    name: 'pseudonyms',
    what: 'What pseudonyms of addresses and persons stand for, from when it was kept; one that is seen again is kept anew.',
    where: ['pseudonyms'],
    rule: {
      kind: 'swept',
      keepMs,
      due: (now) => sealedMeanings.older(now - keepMs()),
      async sweepable(now) {
        await pseudonyms.flush();
        return (await sealedMeanings.older(now - keepMs())).count;
      },
      async sweep(now) {
        const count = await pseudonyms.sweep(now - keepMs());
        if (count > 0) await forgetting.dropUnusedKeys();
        return count;
      },
    },
  };
}

type KeyDescriptions = ReturnType<KeyStore['list']>;
