import { createHash } from 'node:crypto';
import { z } from 'zod';
import { checkInclusion, type Entry, type InclusionProof } from '../../../record/index.ts';

/** That an erasure is in the ledger, for whoever asked for it. Checked with the public key alone: no server, no ledger. */
export interface ErasureReceipt {
  readonly format: 'surety-erasure-receipt-1';
  readonly erasure: string;
  /** For finding the key; it proves nothing, because whoever makes a receipt can write any key. */
  readonly verifierKey: string;
  readonly entry: Entry;
  readonly proof: InclusionProof;
}

const receiptSchema = z.object({
  format: z.literal('surety-erasure-receipt-1'),
  erasure: z.string(),
  verifierKey: z.string(),
  entry: z.looseObject({
    id: z.string(),
    at: z.string(),
    kind: z.enum(['subject.erased', 'pseudonym.erased']),
    target: z.string(),
    outcome: z.literal('succeeded'),
    detail: z.looseObject({ erasure: z.string(), commitment: z.string().optional() }),
  }),
  proof: z.object({
    index: z.int(),
    treeSize: z.int(),
    leafHash: z.string(),
    hashes: z.array(z.string()),
    checkpoint: z.string(),
  }),
});

/** What the entry of an erasure says of whose it was: nothing, to anybody without the salt. */
export function commitToName(salt: string, name: string): string {
  return createHash('sha256')
    .update(`surety erasure\0${salt}\0${name.normalize('NFC')}`)
    .digest('hex');
}

export interface CheckReceipt {
  /** As it was read from a file. */
  readonly receipt: unknown;
  readonly verifierKeys: readonly string[];
  /** The name that was erased, with the salt that was handed out. */
  readonly subject?: { readonly name: string; readonly salt: string } | undefined;
}

export type ReceiptVerdict =
  | {
      readonly ok: true;
      readonly erasure: string;
      readonly at: string;
      readonly index: number;
      readonly treeSize: number;
    }
  | { readonly ok: false; readonly problem: string };

export function checkReceipt({ receipt, verifierKeys, subject }: CheckReceipt): ReceiptVerdict {
  const parsed = receiptSchema.safeParse(receipt);
  if (!parsed.success) return { ok: false, problem: 'It is not a receipt of an erasure.' };
  const { erasure, entry, proof } = parsed.data;
  // The entry as it came: its hash is over its very text.
  const recorded = (receipt as ErasureReceipt).entry;
  if (!checkInclusion({ proof, entry: recorded, verifierKeys }))
    return {
      ok: false,
      problem: 'The proof does not hold: this entry is in no ledger these keys have signed.',
    };
  if (entry.detail.erasure !== erasure) return { ok: false, problem: 'The entry tells of another erasure.' };
  if (subject && entry.detail.commitment !== commitToName(subject.salt, subject.name))
    return { ok: false, problem: 'It is not the erasure of this name, or the salt is another.' };
  return { ok: true, erasure, at: entry.at, index: proof.index, treeSize: proof.treeSize };
}
