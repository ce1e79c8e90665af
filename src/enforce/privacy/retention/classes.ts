import type { Pseudonyms, SealedMeanings } from '../../../record/index.ts';
import type { KeyStore } from '../../../secrets/index.ts';
import { captureKeepMs, type Capture } from '../capture/capture.ts';
import { countEnded, deleteEnded, keysInUse } from '../capture/store.ts';
import { countEndedCases, deleteEndedCases, subjectsWithCases } from '../cases/store.ts';
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

function captured({ store, policy, holds, capture }: ClassParts): RetainedClass {
  const ends = (now: number, except: readonly string[]) => ({
    now,
    except,
    bornAfter: (route: string) => now - captureKeepMs(policy().data, route),
  });
  return {
    name: 'captured',
    what: 'Prompts and answers, from when they were captured.',
    where: ['captured'],
    rule: {
      kind: 'swept',
      keepMs: () => policy().data.retention.captured,
      due: (now) => countEnded(store, ends(now, [])),
      async sweep(now) {
        const count = await deleteEnded(store, ends(now, holds.subjects()));
        if (count > 0) await capture.recount();
        return count;
      },
    },
  };
}

function cases({ store, policy, holds }: ClassParts): RetainedClass {
  const keepMs = () => policy().data.retention.cases;
  return {
    name: 'cases',
    what: 'Requests of data subjects, from when they ended.',
    where: ['cases'],
    rule: {
      kind: 'swept',
      keepMs,
      due: (now) => countEndedCases(store, now - keepMs()),
      sweep: (now) => deleteEndedCases(store, now - keepMs(), holds.subjects()),
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

  async function idle(now: number): Promise<KeyDescriptions> {
    const [inUse, withCases] = [await keysInUse(store), await subjectsWithCases(store)];
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
        const found = await idle(now);
        const oldest = Math.min(...found.map(({ seenDay }) => seenDay * dayMs));
        return { count: found.length, ...(found.length > 0 && { oldestAt: oldest }) };
      },
      async sweep(now) {
        // Entries that are held would say nobody any more.
        if (holds.over('ledger').length > 0) return 0;
        return keys.destroy((await idle(now)).map(({ id }) => id));
      },
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
      async sweep(now) {
        const count = await pseudonyms.sweep(now - keepMs());
        if (count > 0) await forgetting.dropUnusedKeys();
        return count;
      },
    },
  };
}

type KeyDescriptions = ReturnType<KeyStore['list']>;
