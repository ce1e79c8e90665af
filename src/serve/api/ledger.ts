import { z } from 'zod';
import { Fault } from '../../kernel/index.ts';
import type { LedgerQuery, RecordedEntry } from '../../record/index.ts';
import { apiRoute, streamSchema } from './route.ts';
import { machinePathSchema, momentSchema, subjectIdSchema } from './fields.ts';
import { pageInput, pageOutput, readCursor, writeCursor } from './pages.ts';

const recordedSchema = z.object({
  index: z.int(),
  signed: z.boolean().describe('Whether a signed checkpoint covers it yet.'),
  entry: z.record(z.string(), z.unknown()),
});

function describe({ index, signed, entry }: RecordedEntry): z.input<typeof recordedSchema> {
  return { index, signed, entry: { ...entry } };
}

export const searchLedger = apiRoute({
  method: 'GET',
  path: '/api/ledger/entries',
  summary: 'Entries that match, oldest or newest first, a page at a time.',
  permission: 'read ledger',
  recorded: true,
  input: z.strictObject({
    since: momentSchema.optional(),
    until: momentSchema.optional(),
    kind: z.string().optional().describe('call.decided, call.denied, call.finished, key.created, …'),
    actor: z.string().optional().describe('A key id, an operator or system.'),
    source: z.string().optional().describe("An address's pseudonym."),
    target: z.string().optional(),
    outcome: z.enum(['allowed', 'denied', 'succeeded', 'failed', 'cancelled', 'cut', 'unknown']).optional(),
    reason: z.string().optional().describe('A fault code.'),
    route: z.string().optional(),
    model: z.string().optional(),
    role: z.string().optional(),
    subject: subjectIdSchema.optional().describe('The id of a data subject.'),
    ...pageInput,
    order: z.enum(['oldest', 'newest']).prefault('newest'),
  }),
  output: z.object({ entries: z.array(recordedSchema), ...pageOutput }),
  async handle({ cursor, ...query }, { services }) {
    const from = cursor === undefined ? undefined : readIndex(cursor);
    const entries: z.input<typeof recordedSchema>[] = [];
    for await (const found of services.ledger.search(definedOnly({ ...query, from })))
      entries.push(describe(found));
    const last = entries.at(-1);
    const more = entries.length === query.limit && last !== undefined;
    if (!more) return { entries };
    // `from` is inclusive upwards and exclusive downwards.
    return { entries, next: writeCursor(String(query.order === 'oldest' ? last.index + 1 : last.index)) };
  },
});

function readIndex(cursor: string): number {
  const index = Number(readCursor(cursor));
  if (Number.isSafeInteger(index) && index >= 0) return index;
  throw new Fault('api.invalid', { detail: 'cursor: it is none this API gave.' });
}

function definedOnly(query: { [name in keyof LedgerQuery]: LedgerQuery[name] | undefined }): LedgerQuery {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

const proofSchema = z.object({
  index: z.int(),
  treeSize: z.int(),
  leafHash: z.string(),
  hashes: z.array(z.string()),
  checkpoint: z.string(),
});

export const showEntry = apiRoute({
  method: 'GET',
  path: '/api/ledger/entries/:id',
  summary: 'One entry; with its inclusion proof when asked for.',
  permission: 'read ledger',
  recorded: true,
  input: z.strictObject({ id: z.string(), proof: z.enum(['true', 'false']).prefault('false') }),
  output: recordedSchema.extend({ proof: proofSchema.optional() }),
  async handle({ id, proof }, { services }) {
    const found = await services.ledger.find(id);
    if (!found)
      throw new Fault('api.not-found', {
        detail: 'No entry has this id. Entries of the last second may not be searchable yet.',
      });
    if (proof === 'false') return describe(found);
    const proven = await services.ledger.prove(id);
    if (!proven) throw new Fault('api.conflict', { detail: 'No signed checkpoint covers the entry yet.' });
    return { ...describe(found), signed: true, proof: { ...proven, hashes: [...proven.hashes] } };
  },
});

export const proveConsistency = apiRoute({
  method: 'GET',
  path: '/api/ledger/consistency',
  summary: 'The proof that the ledger of an earlier checkpoint is the beginning of the newest one.',
  permission: 'read ledger',
  input: z.strictObject({ first: z.coerce.number().int().min(1).describe('The size of the earlier one.') }),
  output: z.object({ first: z.int(), second: z.int(), hashes: z.array(z.string()), checkpoint: z.string() }),
  async handle({ first }, { services }) {
    if (first > services.ledger.status.signedSize)
      throw new Fault('api.conflict', { detail: 'The signed ledger has fewer entries.' });
    const { hashes, ...proof } = await services.ledger.proveConsistency(first);
    return { ...proof, hashes: [...hashes] };
  },
});

export const ledgerState = apiRoute({
  method: 'GET',
  path: '/api/ledger',
  summary: 'The verifier key and the state of the ledger.',
  permission: 'read ledger',
  input: z.strictObject({}),
  output: z.object({
    verifierKey: z.string(),
    size: z.int(),
    signedSize: z.int(),
    writable: z.boolean(),
    problem: z.string().optional(),
  }),
  async handle(_input, { services }) {
    const { size, signedSize, writable, problem } = services.ledger.status;
    return {
      verifierKey: services.ledger.verifierKey,
      size,
      signedSize,
      writable,
      ...(problem !== undefined && { problem }),
    };
  },
});

export const exportLedger = apiRoute({
  method: 'POST',
  path: '/api/ledger/export',
  summary: 'Writes the entries of a time, with their proofs, to a new file that can be verified by itself.',
  permission: 'export ledger',
  machineFiles: true,
  input: z.strictObject({ since: momentSchema, until: momentSchema, out: machinePathSchema }),
  output: z.object({ file: z.string(), entries: z.int() }),
  handle: (range, { services, operator }) => services.exportRange(range, operator.id),
});

export const downloadExport = apiRoute({
  method: 'POST',
  path: '/api/ledger/export/download',
  summary:
    'Sends the entries of a time, with their proofs, as lines of JSON that can be verified by themselves. One at a time.',
  permission: 'export ledger',
  download: { contentType: 'application/jsonl', fileName: 'surety-ledger.jsonl' },
  input: z.strictObject({ since: momentSchema, until: momentSchema }),
  output: streamSchema,
  handle: (range, { services, operator }) => services.downloads.exportRange(range, operator.id),
});

const youngestPruned = 86_400_000;

export const pruneLedger = apiRoute({
  method: 'POST',
  path: '/api/ledger/prune',
  summary: 'Drops the oldest entries of the ledger, in whole bundles; the checkpoint and later proofs stay.',
  permission: 'prune ledger',
  dangerous: { when: 'always', applies: () => true },
  input: z.strictObject({
    olderThan: momentSchema.describe('Entries from before this go: 2026-01-31, or 400d (ago).'),
  }),
  output: z.object({ minimumIndex: z.int().describe('The first entry kept.') }),
  async handle({ olderThan }, { services, operator }) {
    if (olderThan > services.now() - youngestPruned)
      throw new Fault('api.invalid', { detail: 'olderThan: entries of the last day are not dropped.' });
    services.keeping.holds.refuse('ledger');
    await services.keeping.retention.clock.refuse();
    return { minimumIndex: await services.ledger.prune(olderThan, operator.id) };
  },
});
