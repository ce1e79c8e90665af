import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createMeanings,
  type Keeping,
  type KeepingPolicy,
  openKeeping,
  type RetainedClass,
} from '../../src/enforce/privacy/index.ts';
import type { KeepingParts } from '../../src/enforce/privacy/parts.ts';
import { createLog, Fault, Secret } from '../../src/kernel/index.ts';
import {
  createPseudonyms,
  createPseudonymStore,
  createSealedMeanings,
  type Entry,
  type Ledger,
  type LedgerQuery,
  type Pseudonyms,
  type RecordedEntry,
} from '../../src/record/index.ts';
import { type KeyStore, openKeyStore, openLocalKeys } from '../../src/secrets/index.ts';
import { createOutbox, type Outbox, type Store } from '../../src/store/index.ts';
import { createManualClock, type ManualClock } from './clock.ts';
import { policyFormat } from './policy-format.ts';

/** A policy with one OpenAI route `chat` and one generic route `agents`, and this `data` section. */
export function readKeepingPolicy(data: object = {}, record: object = {}) {
  const source = {
    version: 1,
    gate: {
      upstreams: { echo: { builtin: 'echo' } },
      routes: [
        { match: '/v1/**', name: 'chat', wire: 'openai', models: { echo: 'echo' } },
        { match: '/agents/**', name: 'agents', to: 'https://agents.example.com' },
      ],
    },
    data,
    record,
  };
  return policyFormat.read(JSON.stringify(source), 'p.yaml');
}

export interface TestKeeping {
  readonly keeping: Keeping;
  readonly keys: KeyStore;
  readonly store: Store;
  readonly clock: ManualClock;
  readonly pseudonyms: Pseudonyms;
  readonly recorded: Entry[];
  readonly logged: string[];
  /** Makes parts fail. */
  readonly failing: { ledger: boolean };
  readonly vault: string;
  usePolicy(data: object): void;
  entries(kind: string): Entry[];
  /** Everything closed and opened again on the same store and keys, as after a restart. */
  reopen(): Promise<TestKeeping>;
  close(): Promise<void>;
}

export interface KeepingSetup {
  readonly data?: object;
  readonly classes?: readonly RetainedClass[];
  readonly mostKeys?: number;
}

/** Everything that keeps personal data, over a store of a test; the ledger is a list. */
export async function startKeeping(store: Store, setup: KeepingSetup = {}): Promise<TestKeeping> {
  const vault = mkdtempSync(join(tmpdir(), 'surety-vault-'));
  const clock = createManualClock();
  return open({ store, setup, vault, clock, recorded: [], logged: [], failing: { ledger: false } });
}

interface Opening extends Pick<TestKeeping, 'store' | 'vault' | 'clock' | 'recorded' | 'logged' | 'failing'> {
  readonly setup: KeepingSetup;
}

async function open(opening: Opening): Promise<TestKeeping> {
  const { store, setup, vault, clock, recorded, logged, failing } = opening;
  const log = createLog({ clock, level: 'debug', write: (line) => void logged.push(line) });
  let policy = policyOf(setup.data ?? {});
  const newId = createCountingIds();
  const ledger = createListLedger(recorded, failing);
  const outbox: Outbox<Entry> = createOutbox({
    store,
    clock,
    log,
    target: { append: ledger.append, holds: async (id) => recorded.some((entry) => entry.id === id) },
    retry: { firstMs: 1, longestMs: 5 },
  });
  const digest = () => 'digest';
  const common = { store, clock, log, outbox, ledger, newId, digest, policy: () => policy };
  const { keys, pseudonyms, keeping } = await openParts(common, { vault, setup });
  const closeParts = async () => {
    await keeping.close();
    await pseudonyms.close();
    await keys.close();
    await outbox.close();
  };
  return {
    keeping,
    keys,
    store,
    clock,
    pseudonyms,
    recorded,
    logged,
    failing,
    vault,
    usePolicy(data) {
      policy = policyOf(data);
    },
    entries: (kind) => recorded.filter((entry) => entry.kind === kind),
    async reopen() {
      await closeParts();
      return open(opening);
    },
    async close() {
      await closeParts();
      rmSync(vault, { recursive: true });
    },
  };
}

/** The keys, the pseudonyms and what is kept by them. */
async function openParts(
  common: Omit<KeepingParts, 'keys'>,
  { vault, setup }: Pick<Opening, 'vault' | 'setup'>,
) {
  const { store, clock, log } = common;
  const keys = await openKeyStore({
    folder: vault,
    create: true,
    provider: openLocalKeys(vault, { create: true }),
    prefixes: { subject: 'subj', day: 'day', meaning: 'mean' },
    clock,
    log,
    ...(setup.mostKeys !== undefined && { most: setup.mostKeys }),
  });
  const meanings = createMeanings({ keys, clock });
  const pseudonymStore = createPseudonymStore(store);
  const pseudonyms = createPseudonyms({
    key: new Secret('0123456789abcdef0123456789abcdef'),
    store: pseudonymStore,
    clock,
    log,
    flushEveryMs: 3_600_000,
    sealer: meanings,
  });
  const keeping = await openKeeping({
    ...common,
    keys,
    meanings,
    pseudonyms,
    pseudonymStore,
    clockMemory: { load: async () => undefined, save: async () => {} },
    sealedMeanings: createSealedMeanings(store),
    otherClasses: setup.classes ?? [],
  });
  return { keys, pseudonyms, keeping };
}

function policyOf(data: object): KeepingPolicy {
  const reading = readKeepingPolicy(data);
  assert.ok(reading.ok, reading.ok ? '' : JSON.stringify(reading.problems));
  return reading.policy;
}

let counted = 0;
/** Ids of the form of a UUIDv7 that sort in the order they were made. */
function createCountingIds(): () => string {
  return () => `0199e2c4-7d5e-7000-8000-${String(++counted).padStart(12, '0')}`;
}

function createListLedger(
  recorded: Entry[],
  failing: { ledger: boolean },
): Pick<Ledger, 'append' | 'search' | 'prove' | 'verifierKey'> {
  return {
    verifierKey: 'test',
    async append(entry) {
      if (failing.ledger) throw new Fault('ledger.unavailable');
      recorded.push(entry);
    },
    async *search({ subject, target, from = 0, limit = Number.POSITIVE_INFINITY }: LedgerQuery) {
      let left = limit;
      for (const [index, entry] of recorded.entries()) {
        if (index < from || left <= 0) continue;
        if (subject !== undefined && entry.detail?.['subject'] !== subject) continue;
        if (target !== undefined && entry.target !== target) continue;
        left -= 1;
        yield { index, entry, signed: true } satisfies RecordedEntry;
      }
    },
    prove: async () => undefined,
  };
}

export const isFault =
  (code: string, sentence = /./) =>
  (error: unknown): boolean =>
    error instanceof Fault && error.code === code && sentence.test(error.message);
