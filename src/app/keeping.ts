import { pastOfIdentity, type PastRows } from '../enforce/identity/index.ts';
import { pastUsage } from '../enforce/limits/index.ts';
import { type Keeping, ledgerKeepMs, openKeeping, type RetainedClass } from '../enforce/privacy/index.ts';
import { createPseudonymStore, createSealedMeanings, type Ledger } from '../record/index.ts';
import { installationFacts } from '../store/index.ts';
import type { House } from './house.ts';

type KeepingHouse = Omit<House, 'reviews' | 'keeping'>;

/** What is kept of persons, over an open house, with the rules for everything else a data folder holds. */
export function openHouseKeeping(house: KeepingHouse): Promise<Keeping> {
  const { store, outbox, ledger, vault, clock, log, newId, pseudonyms } = house;
  return openKeeping({
    store,
    outbox,
    ledger,
    keys: vault.keys,
    meanings: vault.meanings,
    clock,
    log,
    newId,
    pseudonyms,
    pseudonymStore: createPseudonymStore(store),
    sealedMeanings: createSealedMeanings(store),
    clockMemory: {
      load: () => installationFacts.clock(store),
      save: (seen) => installationFacts.setClock(store, seen),
    },
    policy: () => house.policy().policy,
    digest: () => house.policy().digest,
    otherClasses: [...pastClasses(house), ledgerClass(house), ...unsweptClasses],
  });
}

function pastClasses({ store, policy }: KeepingHouse): readonly RetainedClass[] {
  const { sessions, requests, revocations, reviews } = pastOfIdentity(store);
  const swept = (
    name: 'sessions' | 'requests' | 'revocations' | 'reviews' | 'usage',
    rows: PastRows,
    about: Pick<RetainedClass, 'what' | 'where'>,
  ): RetainedClass => {
    const keepMs = () => policy().policy.data.retention[name];
    const rule = {
      kind: 'swept',
      keepMs,
      due: (now: number) => rows.older(now - keepMs()),
      sweep: (now: number) => rows.drop(now - keepMs()),
    } as const;
    return { name, ...about, rule };
  };
  return [
    swept('sessions', sessions, {
      what: 'Sessions of operators, from their end.',
      where: ['operator_sessions'],
    }),
    swept('requests', requests, {
      what: 'Acts that waited for a second person, from when they were asked; those under way stay.',
      where: ['operator_requests'],
    }),
    swept('revocations', revocations, {
      what: 'Revocations of single tokens and of those issued before a time, from when they were made; of a subject they stay.',
      where: ['token_revocations'],
    }),
    swept('reviews', reviews, {
      what: 'Access reviews, from when they were closed; open ones stay.',
      where: ['reviews', 'review_principals'],
    }),
    swept('usage', pastUsage(store), { what: 'Sums of usage, from their day.', where: ['usage'] }),
  ];
}

/** Entries go in whole bundles; fewer cannot go alone. */
const bundleEntries = 256;

function ledgerClass({ ledger, policy }: KeepingHouse): RetainedClass {
  const keepMs = () => ledgerKeepMs(policy().policy);
  return {
    name: 'ledger',
    what: 'Entries, from when they were made, in whole bundles of 256; the signed tree stays.',
    where: ['ledger/', 'index.db'],
    rule: {
      kind: 'swept',
      keepMs,
      async due(now) {
        const oldest = await firstEntry(ledger, {});
        const kept = await firstEntry(ledger, { since: now - keepMs() });
        if (!oldest) return { count: 0 };
        const end = kept ? kept.index : ledger.status.signedSize;
        const count = Math.max(0, end - (end % bundleEntries) - oldest.index);
        return { count, ...(count > 0 && { oldestAt: Date.parse(oldest.entry.at) }) };
      },
      async sweep(now) {
        const before = (await firstEntry(ledger, {}))?.index ?? 0;
        return Math.max(0, (await ledger.prune(now - keepMs())) - before);
      },
    },
  };
}

async function firstEntry(ledger: Ledger, span: { since?: number }) {
  for await (const found of ledger.search({ ...span, limit: 1 })) return found;
  return undefined;
}

/** What goes with something else, or stays, and why. */
const unsweptClasses: readonly RetainedClass[] = [
  {
    name: 'callers',
    what: 'API keys of callers: hashes, names, owners.',
    where: ['api_keys'],
    rule: {
      kind: 'kept',
      why: 'Entries name their ids, and who answers for a key is asked long after its end. Names and owners are what the operator chose to write.',
    },
  },
  {
    name: 'operators',
    what: 'Operators and hashes of their keys.',
    where: ['operators', 'operator_keys', 'operator_ties'],
    rule: { kind: 'kept', why: 'Entries name their ids: who did what must stay answerable.' },
  },
  {
    name: 'withdrawals',
    what: 'Roles and teams of callers that were withdrawn.',
    where: ['withdrawals'],
    rule: { kind: 'kept', why: 'Each is in force until an operator restores it, which removes it.' },
  },
  {
    name: 'downloads',
    what: 'Copies of the data folder that are being sent.',
    where: ['downloads/'],
    rule: {
      kind: 'kept',
      why: 'Each is removed when it is sent or broken off, and all of them at the start.',
    },
  },
  {
    name: 'outbox',
    what: 'Entries on their way to the ledger.',
    where: ['outbox'],
    rule: { kind: 'follows', why: 'Each goes when the ledger has it.' },
  },
  {
    name: 'alerts',
    what: 'Which budget alerts were given.',
    where: ['budget_alerts'],
    rule: { kind: 'follows', why: 'They go when their window is long over.' },
  },
  {
    name: 'positions',
    what: 'Which installation this is, how far something was read or migrated, and public keys of issuers.',
    where: ['cursors', 'usage_progress', 'migrations', 'issuer_keys', 'installation'],
    rule: { kind: 'kept', why: 'Nothing of a person stands in it.' },
  },
  {
    name: 'policies',
    what: 'The policy in force, and texts of those that were.',
    where: ['policy.yaml', 'policies/'],
    rule: {
      kind: 'kept',
      why: 'A thousand at most; a policy holds references and no data. Recorded calls are decided again by them.',
    },
  },
  {
    name: 'machinery',
    what: 'Keys of the ledger and of pseudonyms, master keys, lock, socket, the version of the layout.',
    where: ['keys/', 'vault/', 'format', 'lock', 'lock.pid', 'surety.sock', 'store.db'],
    rule: {
      kind: 'kept',
      why: 'What everything else stands on; nothing of a person stands in it in the clear.',
    },
  },
];
