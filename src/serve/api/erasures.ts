import { z } from 'zod';
import type { Erasure } from '../../enforce/privacy/index.ts';
import { timestamp } from './fields.ts';
import { page, pageInput, pageOutput } from './pages.ts';
import { apiRoute } from './route.ts';

const erasureSchema = z.object({
  id: z.string(),
  subject: z.string().describe('The id that was erased. Nothing leads from it to anybody.'),
  state: z.enum(['begun', 'done']),
  case: z.string().optional(),
  erasedBy: z.string(),
  begunAt: z.iso.datetime(),
  doneAt: z.iso.datetime().optional(),
  captured: z.int().describe('Records of captured content that were destroyed with it.'),
  cases: z.int().describe('Cases whose words were destroyed with it; that there were cases stays.'),
  entry: z.string().optional().describe('The entry that tells of it.'),
});

function describeErasure({ begunAt, doneAt, ...rest }: Erasure): z.input<typeof erasureSchema> {
  const defined = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    ...(defined as typeof rest & { case: string; entry: string }),
    begunAt: timestamp(begunAt),
    ...(doneAt !== undefined && { doneAt: timestamp(doneAt) }),
  };
}

export const eraseSubject = apiRoute({
  method: 'POST',
  path: '/api/subjects/:id/erase',
  summary:
    'Erases a data subject: destroys its key, and with it all that it sealed, in every backup too. Refused under a legal hold.',
  permission: 'erase subjects',
  dangerous: { when: 'always', applies: () => true },
  input: z.strictObject({
    id: z.string(),
    case: z.string().max(100).optional().describe('The verified case of deletion it answers.'),
    commitment: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hexadecimal')
      .optional()
      .describe(
        'SHA-256 over "surety erasure", a zero byte, a salt, a zero byte and the name: who has the salt can show whose erasure it was.',
      ),
  }),
  output: erasureSchema,
  refuses: ({ id, case: caseId }, { services }) =>
    services.keeping.erasing.requireErasable({ subject: id, case: caseId }),
  handle: async ({ id, case: caseId, commitment }, { services, operator }) =>
    describeErasure(
      await services.keeping.erasing.erase({ subject: id, case: caseId, commitment }, operator.id),
    ),
});

export const listErasures = apiRoute({
  method: 'GET',
  path: '/api/erasures',
  summary: 'Erasures, also one that is still under way.',
  permission: 'read subjects',
  input: z.strictObject(pageInput),
  output: z.object({ erasures: z.array(erasureSchema), ...pageOutput }),
  async handle(asked, { services }) {
    const all = (await services.keeping.erasing.list()).map(describeErasure);
    const { items, ...next } = page(all, asked, ({ begunAt, id }) => `${begunAt} ${id}`);
    return { erasures: items, ...next };
  },
});

export const showReceipt = apiRoute({
  method: 'GET',
  path: '/api/erasures/:id/receipt',
  summary:
    'The entry of an erasure with the proof that it is in the ledger: checked with the public key alone.',
  permission: 'read subjects',
  input: z.strictObject({ id: z.string() }),
  output: z.object({
    format: z.literal('surety-erasure-receipt-1'),
    erasure: z.string(),
    verifierKey: z.string(),
    entry: z.record(z.string(), z.unknown()),
    proof: z.object({
      index: z.int(),
      treeSize: z.int(),
      leafHash: z.string(),
      hashes: z.array(z.string()),
      checkpoint: z.string(),
    }),
  }),
  async handle({ id }, { services }) {
    const { entry, proof, ...rest } = await services.keeping.erasing.receipt(id);
    return { ...rest, entry: { ...entry }, proof: { ...proof, hashes: [...proof.hashes] } };
  },
});

export const revealPseudonym = apiRoute({
  method: 'POST',
  path: '/api/pseudonyms/:id/reveal',
  summary:
    'Which address, network or person a pseudonym of the ledger stands for. An entry tells of it before it is shown.',
  permission: 'reveal pseudonyms',
  shownOnce: true,
  input: z.strictObject({
    id: z.string().describe('addr_…, net_… or person_….'),
    reason: z.string().max(100).describe('One of data.capture.reasons.'),
  }),
  output: z.object({ pseudonym: z.string(), meaning: z.string() }),
  refuses: ({ id }, { services }) => services.keeping.named.requireKept(id),
  handle: async ({ id, reason }, { services, operator }) => ({
    pseudonym: id,
    meaning: await services.keeping.named.reveal(id, reason, operator.id),
  }),
});

export const erasePseudonym = apiRoute({
  method: 'POST',
  path: '/api/pseudonyms/:id/erase',
  summary:
    'Destroys what a pseudonym stands for, in every backup too. Its entries stay, and say nobody any more.',
  permission: 'erase subjects',
  dangerous: { when: 'always', applies: () => true },
  input: z.strictObject({ id: z.string() }),
  output: z.object({ pseudonym: z.string(), erasure: z.string().describe('Its receipt is under this id.') }),
  refuses: ({ id }, { services }) => services.keeping.named.requireErasable(id),
  handle: async ({ id }, { services, operator }) => ({
    pseudonym: id,
    ...(await services.keeping.named.erase(id, operator.id)),
  }),
});
