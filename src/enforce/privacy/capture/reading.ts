import { Fault } from '../../../kernel/index.ts';
import { createEntries, type KeepingParts } from '../parts.ts';
import { contextOf } from './capture.ts';
import {
  type CapturedFilter,
  type CapturedHead,
  type CapturedRow,
  findCaptured,
  readCapturedHeads,
} from './store.ts';

/** What is known of captured content without opening it. */
export interface CapturedRecord {
  readonly id: string;
  /** Undefined: the call named nobody. */
  readonly subject: string | undefined;
  /** The id of the decision. */
  readonly entry: string;
  readonly route: string;
  readonly at: number;
  readonly expiresAt: number;
  readonly bytes: number;
  /** False where its key was destroyed: it will never open again. */
  readonly readable: boolean;
}

export interface CapturedTexts {
  readonly prompt?: string;
  readonly answer?: string;
}

export interface CapturedReading {
  list(
    filter: Omit<CapturedFilter, 'keyId'> & { readonly subject?: string | undefined },
  ): Promise<readonly CapturedRecord[]>;
  find(id: string): Promise<CapturedRecord | undefined>;
  /** Opens one record, after an entry that tells who read it and why is durable. The reason is one of the policy's. */
  read(id: string, reason: string, operator: string): Promise<CapturedRecord & CapturedTexts>;
}

export function createCapturedReading(parts: KeepingParts): CapturedReading {
  const { store, keys, ledger, policy } = parts;
  const entry = createEntries(parts);
  const describe = (row: CapturedHead): CapturedRecord => ({
    id: row.id,
    subject: row.key_id.startsWith('subj_') ? row.key_id : undefined,
    entry: row.entry_id,
    route: row.route,
    at: row.at,
    expiresAt: row.expires_at,
    bytes: row.bytes,
    readable: keys.has(row.key_id),
  });

  return {
    async list({ subject, ...filter }) {
      return (await readCapturedHeads(store, { ...filter, keyId: subject })).map(describe);
    },
    async find(id) {
      const row = await findCaptured(store, id);
      return row && describe(row);
    },
    async read(id, reason, operator) {
      requireReason(policy().data.capture.reasons, reason);
      const row = await findCaptured(store, id);
      if (!row) throw new Fault('api.not-found', { detail: 'There is no captured content of this id.' });
      const record = describe(row);
      const texts = await openCaptured(parts, row);
      // Recorded before it is shown, whoever asks: what cannot be recorded is not read.
      await ledger.append(
        entry('captured.read', {
          actor: operator,
          target: id,
          detail: { cause: reason, entry: row.entry_id, route: row.route, subject: record.subject },
        }),
      );
      return { ...record, ...texts };
    },
  };
}

export function requireReason(reasons: readonly string[], reason: string): void {
  if (reasons.includes(reason)) return;
  throw new Fault('api.invalid', { detail: `reason: the policy has only ${reasons.join(', ')}.` });
}

export async function openCaptured(
  { keys }: Pick<KeepingParts, 'keys'>,
  row: CapturedRow,
): Promise<CapturedTexts> {
  const text = await keys.unseal(row.key_id, contextOf(row), Buffer.from(row.sealed, 'base64'));
  return JSON.parse(text.toString()) as CapturedTexts;
}
