import { type Clock, Fault, randomId } from '../../../kernel/index.ts';
import type {
  MeaningSealer,
  Pseudonyms,
  PseudonymStore,
  SealedMeanings,
  SealedPseudonym,
} from '../../../record/index.ts';
import type { KeyStore } from '../../../secrets/index.ts';
import type { KeepingParts } from '../parts.ts';

/** `mean_` and 22 characters: what a sealed meaning begins with, before the dot. */
const keyIdCharacters = 27;
const purpose = 'meaning';
const rowsAtOnce = 500;

/** What pseudonyms of addresses and persons stand for, sealed under keys that no backup holds: one a month. */
export interface Meanings extends MeaningSealer {
  /** From now on another key is used, so that those in use can be destroyed. */
  advance(): void;
}

export function createMeanings({ keys, clock }: { keys: KeyStore; clock: Clock }): Meanings {
  let generation = '';
  return {
    advance() {
      generation = randomId('gen');
    },
    async close(pseudonym, meaning) {
      const month = new Date(clock.now()).toISOString().slice(0, 7);
      const key = keys.take(purpose, `${month} ${generation}`);
      if (!key) throw new Fault('store.unavailable', { detail: 'There is no room for another key.' });
      await key.kept;
      const sealed = await keys.seal(key.id, { purpose, about: pseudonym }, Buffer.from(meaning));
      return `${key.id}.${sealed.toString('base64url')}`;
    },
    async open(pseudonym, sealed) {
      const [id = '', text = ''] = sealed.split('.', 2);
      if (!keys.has(id)) return undefined;
      const opened = await keys.unseal(id, { purpose, about: pseudonym }, Buffer.from(text, 'base64url'));
      return opened.toString();
    },
  };
}

export interface ForgettingOptions extends Pick<KeepingParts, 'keys' | 'log'> {
  readonly meanings: Meanings;
  readonly pseudonyms: Pseudonyms;
  readonly store: Pick<PseudonymStore, 'find'>;
  readonly sealed: SealedMeanings;
}

/** Destroys meanings so that no copy of the store gives them back: what else the same key sealed is sealed anew, and the key destroyed. */
export interface Forgetting {
  /** Whether there was a meaning. Done again after a crash, it ends what was begun. */
  forget(pseudonym: string): Promise<boolean>;
  /** Seals anew what was sealed under the key of the pseudonyms itself, as earlier versions did. */
  takeOver(): Promise<number>;
  /** Destroys keys under which nothing is sealed any more. */
  dropUnusedKeys(): Promise<number>;
}

export function createForgetting(options: ForgettingOptions): Forgetting {
  const { keys, log, meanings, pseudonyms, store, sealed } = options;

  /** False where it does not open: then nothing is lost with its key. */
  async function resealRow(row: SealedPseudonym): Promise<boolean> {
    try {
      const meaning = await pseudonyms.reveal(row.pseudonym);
      if (meaning === undefined) return false;
      await sealed.reseal(row, await meanings.close(row.pseudonym, meaning));
      return true;
    } catch (error) {
      if (error instanceof Fault && error.code === 'seal.broken') return false;
      throw error;
    }
  }

  /** Every row that begins so, but those passed over. */
  async function resealAll(beginning: string, passedOver: Set<string>): Promise<number> {
    let count = 0;
    for (;;) {
      const found = await sealed.beginningWith(beginning, rowsAtOnce + passedOver.size);
      const rows = found.filter(({ pseudonym }) => !passedOver.has(pseudonym));
      if (rows.length === 0) return count;
      for (const row of rows) {
        if (await resealRow(row)) count += 1;
        else passedOver.add(row.pseudonym);
      }
    }
  }

  const unusedKeys = async (): Promise<string[]> => {
    const inUse = await sealed.beginnings(keyIdCharacters);
    return keys.list().flatMap(({ id, purpose: of }) => (of === purpose && !inUse.has(id) ? id : []));
  };

  async function dropUnusedKeys(): Promise<number> {
    if ((await unusedKeys()).length === 0) return 0;
    // One that was made a moment ago may be unused only because nothing sealed under it is written yet.
    meanings.advance();
    await pseudonyms.flush();
    return keys.destroy(await unusedKeys());
  }

  return {
    async forget(pseudonym) {
      await pseudonyms.flush();
      const row = await store.find(pseudonym);
      // Only now: else a meaning that still waited to be written would be under the new key, and all under it be sealed anew without end.
      meanings.advance();
      await pseudonyms.flush();
      const [keyId] = row?.sealed.split('.', 1) ?? [];
      const isSealedApart = keyId !== undefined && keyId !== row?.sealed;
      // It alone stays under the old key: a backup made meanwhile must not have it under one that lives on.
      if (isSealedApart) await resealAll(`${keyId}.`, new Set([pseudonym]));
      const had = await pseudonyms.erase(pseudonym);
      if (isSealedApart) await keys.destroy([keyId]);
      await dropUnusedKeys();
      return had;
    },
    async takeOver() {
      const passedOver = new Set<string>();
      // What does not open keeps nobody from starting.
      const count = await resealAll('', passedOver).catch(() => {
        passedOver.add('');
        return 0;
      });
      if (count > 0) log.info('meanings of pseudonyms were sealed anew', { pseudonyms: count });
      if (passedOver.size > 0)
        log.error('meanings of pseudonyms do not open', { pseudonyms: passedOver.size });
      return count;
    },
    dropUnusedKeys,
  };
}
