import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { asFault, Fault, type Secret } from '../../kernel/index.ts';
import { openKeyFile } from '../key-file.ts';
import type { KeyReference, KeyStore, KeyStoreOptions } from './data-keys.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import { seal, unseal } from './seal.ts';
import { decodeSlot, encodeSlot, longestNameBytes, seenDayAt, type Slot } from './slot.ts';
import { fileOfKeys, holdsKeys, openSlotFile, type SlotFile } from './slot-file.ts';

const fileOfNames = 'names.key';
/** What the key store is known by again, among its keys. */
const anchorPurpose = 'vault';
const anchorName = 'anchor';
const mostKeys = 1_048_576;
const dayMs = 86_400_000;
const seenEveryMs = 60_000;
const keysAtOnce = 64;
const idBytes = 16;
const dataKeyBytes = 32;

interface Waiting {
  readonly index: number;
  readonly slot: Omit<Slot, 'masterId' | 'wrapped' | 'name'>;
  readonly name: string;
  readonly key: Buffer;
  readonly kept: PromiseWithResolvers<void>;
}

export async function openKeyStore(options: KeyStoreOptions): Promise<KeyStore> {
  const { folder, provider, log, create } = options;
  if (create) mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (holdsKeys(folder) && !existsSync(join(folder, fileOfNames)))
    throw new Fault('data.unusable', {
      detail: `${folder} has keys and no ${fileOfNames}, by which they are found: bring it back.`,
    });
  const namingKey = openKeyFile(join(folder, fileOfNames), { create });
  const file = await openSlotFile(join(folder, fileOfKeys), { create });
  try {
    const { ring, damaged } = await loadRing(file, options);
    const store = createKeyStore({ ...options, file, ring, namingKey });
    // Nothing is changed in the files of another installation, or of another time.
    await options.prove?.(store);
    if (damaged.length > 0) {
      log.error('keys that a crash cut off, or that are damaged, were destroyed', { keys: damaged.length });
      await file.wipe(damaged);
      for (const index of damaged) ring.free(index);
    }
    // A rotation that a crash broke off left copies of keys, on blocks of the disk that no name leads to, wrapped under the master key it went to.
    // So it is not brought to its end, but done again with another master key; the one in between goes like the old one.
    if (provider.versions().length > 1 || file.wasReplacing) {
      log.warn('a rotation of the master key was interrupted; it is done again with another master key');
      await store.rotate();
    }
    return store;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function loadRing(
  file: SlotFile,
  { prefixes }: KeyStoreOptions,
): Promise<{ ring: KeyRing; damaged: readonly number[] }> {
  const ring = createKeyRing(prefixes);
  const damaged: number[] = [];
  for await (const { index, bytes } of file.all()) {
    const slot = decodeSlot(bytes);
    if (slot === 'damaged') {
      damaged.push(index);
      ring.reserve(index);
    } else if (slot === 'empty') ring.free(index);
    else ring.add(index, slot);
  }
  return { ring, damaged };
}

interface OpenedParts extends KeyStoreOptions {
  readonly file: SlotFile;
  readonly ring: KeyRing;
  readonly namingKey: Secret;
}

function createKeyStore(parts: OpenedParts): KeyStore {
  const { file, ring, namingKey, provider, clock, log, prefixes, most = mostKeys, writeEveryMs = 5 } = parts;
  const naming = Buffer.from(namingKey.reveal(), 'base64url');
  const inTurn = createTurns();
  const waiting = new Map<string, Waiting>();
  /** Places by id of keys that were destroyed, and are still to be overwritten. */
  const unwiped = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let problem: string | undefined;
  let seenTimer: NodeJS.Timeout | undefined;

  const lookupOf = (purpose: string, name: string): Buffer =>
    createHmac('sha256', naming).update(`${purpose}\0${name}`).digest();
  const contextOf = ({ id, purpose, lookup }: Pick<Slot, 'id' | 'purpose' | 'lookup'>) => ({
    keyId: id.toString('hex'),
    purpose,
    subject: lookup.toString('hex'),
  });
  const nameContext = (slot: Pick<Slot, 'id'>) => ({
    keyId: slot.id.toString('hex'),
    purpose: 'name',
    about: '',
  });
  const today = (): number => Math.floor(clock.now() / dayMs);

  async function encode({ slot, name, key }: Waiting): Promise<Buffer> {
    const { masterId, bytes } = await provider.wrap(key, contextOf(slot));
    const sealedName = seal(key, Buffer.from(name), nameContext(slot));
    return encodeSlot({ ...slot, masterId, wrapped: Buffer.from(bytes), name: sealedName });
  }

  async function writeBatch(): Promise<void> {
    const batch = [...waiting.entries().take(keysAtOnce)];
    try {
      const slots = await Promise.all(
        batch.map(async ([, one]) => ({ index: one.index, bytes: await encode(one) })),
      );
      await file.write(slots);
      problem = undefined;
      for (const [id, { key, kept }] of batch) {
        waiting.delete(id);
        ring.remember(id, key);
        kept.resolve();
      }
    } catch (cause) {
      problem = `vault/${fileOfKeys}: ${asFault(cause).message}`;
      // Nothing was sealed under them yet: whoever needs one again is given another.
      for (const [id, { kept }] of batch) {
        waiting.delete(id);
        ring.remove(id);
        kept.reject(
          new Fault('store.unavailable', { detail: `Keys could not be written: ${problem}`, cause }),
        );
      }
      log.error('keys of data subjects could not be written', { keys: batch.length });
    }
  }

  /** Batch by batch: a flood of new names leaves the event loop to others in between. Those of a batch that failed wait no longer. */
  async function write(): Promise<void> {
    while (waiting.size > 0) await writeBatch();
  }

  /** Without it a crash would make a subject that is often named look as if it were long gone. */
  async function writeSeen(): Promise<void> {
    clearTimeout(seenTimer);
    seenTimer = undefined;
    for (const [place, day] of ring.takeSeen()) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(day);
      await file.patch(place, seenDayAt, bytes).catch(() => log.warn('the use of keys could not be noted'));
    }
  }

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    return inTurn(write);
  };

  function make(purpose: string, name: string, lookup: Buffer): KeyReference | undefined {
    if (purpose !== anchorPurpose && prefixes[purpose] === undefined)
      throw new RangeError(`There are no keys for ${purpose}.`);
    if (Buffer.byteLength(name) > longestNameBytes) throw new RangeError('The name of a key is too long.');
    if (ring.size >= most) return undefined;
    const slot = { id: randomBytes(idBytes), lookup, purpose, createdAt: clock.now(), seenDay: today() };
    const index = ring.place();
    const id = ring.add(index, slot);
    const kept = Promise.withResolvers<void>();
    kept.promise.catch(() => {});
    waiting.set(id, { index, slot, name, key: randomBytes(dataKeyBytes), kept });
    timer ??= setTimeout(() => void flush(), writeEveryMs);
    return { id, kept: kept.promise };
  }

  async function readSlot(id: string): Promise<Slot> {
    const bytes = await inTurn(async () => {
      const place = ring.get(id);
      return place === undefined ? undefined : file.read(place);
    });
    const slot = bytes ? decodeSlot(bytes) : 'empty';
    if (slot === 'empty' || slot === 'damaged' || ring.idOf(slot) !== id) throw new Fault('data.erased');
    return slot;
  }

  /**
   * Uses a key, which is never handed out. `use` is called where the key was found, with no turn of the event loop between: keys are overwritten when they
   * are destroyed or dropped, and nothing may be sealed under zeros.
   */
  async function withKey<Result>(id: string, use: (key: Buffer) => Result): Promise<Result> {
    const known = waiting.get(id)?.key ?? ring.keyOf(id);
    if (known) return use(known);
    const slot = await readSlot(id);
    const key = await provider.unwrap({ masterId: slot.masterId, bytes: slot.wrapped }, contextOf(slot));
    // It may have been destroyed while it was unwrapped.
    if (ring.get(id) === undefined) {
      key.fill(0);
      throw new Fault('data.erased');
    }
    ring.remember(id, key);
    return use(key);
  }

  async function rewrap(): Promise<number> {
    let count = 0;
    const current = provider.current();
    const going = new Set(unwiped.values());
    await file.replace(async ({ index, bytes }) => {
      if (going.has(index)) return Buffer.alloc(bytes.length);
      const slot = decodeSlot(bytes);
      if (slot === 'empty') return bytes;
      // Never dropped silently: the rotation ends here, and nothing is lost.
      if (slot === 'damaged')
        throw new Fault('data.unusable', { detail: 'A key in the key store is damaged.' });
      if (slot.masterId === current) return bytes;
      const key = await provider.unwrap({ masterId: slot.masterId, bytes: slot.wrapped }, contextOf(slot));
      const { masterId, bytes: wrapped } = await provider.wrap(key, contextOf(slot));
      key.fill(0);
      if (slot.purpose !== anchorPurpose) count += 1;
      return encodeSlot({ ...slot, masterId, wrapped: Buffer.from(wrapped) });
    });
    for (const { id } of provider.versions()) if (id !== current) await provider.retire(id);
    return count;
  }

  async function destroy(ids: readonly string[]): Promise<number> {
    await flush();
    return inTurn(async () => {
      for (const id of ids) {
        const index = ring.get(id);
        // In memory first: nothing is sealed under a key that is going.
        if (index !== undefined && ring.remove(id, false)) unwiped.set(id, index);
      }
      const going = ids.flatMap((id) => unwiped.get(id) ?? []);
      try {
        await file.wipe(going);
      } catch (cause) {
        throw new Fault('key.not-overwritten', { cause });
      }
      for (const index of going) ring.free(index);
      return ids.filter((id) => unwiped.delete(id)).length;
    });
  }

  return {
    take(purpose, name) {
      const lookup = lookupOf(purpose, name);
      const known = ring.find(lookup);
      if (known === undefined) return make(purpose, name, lookup);
      if (ring.seen(known, today()))
        seenTimer ??= setTimeout(() => void inTurn(writeSeen), seenEveryMs).unref();
      return { id: known, kept: waiting.get(known)?.kept.promise ?? Promise.resolve() };
    },
    find: (purpose, name) => ring.find(lookupOf(purpose, name)),
    has: (id) => ring.get(id) !== undefined,
    async nameOf(id) {
      if (ring.get(id) === undefined) return undefined;
      const held = waiting.get(id);
      if (held) return held.name;
      const slot = await readSlot(id);
      return withKey(id, (key) => unseal(key, slot.name, nameContext(slot)).toString());
    },
    seal: (id, context, text) => withKey(id, (key) => seal(key, text, { keyId: id, ...context })),
    unseal: (id, context, sealed) => withKey(id, (key) => unseal(key, sealed, { keyId: id, ...context })),
    destroy,
    async anchor() {
      const id = ring.find(lookupOf(anchorPurpose, anchorName));
      if (id === undefined) return undefined;
      const slot = await readSlot(id);
      const name = await withKey(id, (key) => unseal(key, slot.name, nameContext(slot)).toString()).catch(
        (cause: unknown) => {
          throw new Fault('data.mismatch', {
            detail: `The master key in ${parts.folder} does not open the keys beside it.`,
            cause,
          });
        },
      );
      return name === anchorName ? id : undefined;
    },
    async makeAnchor() {
      const lookup = lookupOf(anchorPurpose, anchorName);
      const old = ring.find(lookup);
      if (old !== undefined) await destroy([old]);
      const reference = make(anchorPurpose, anchorName, lookup);
      if (!reference) throw new Fault('store.unavailable', { detail: 'The key store is full.' });
      await reference.kept;
      return reference.id;
    },
    list: () => ring.list().filter(({ purpose }) => purpose !== anchorPurpose),
    async madeAt(id) {
      const held = waiting.get(id);
      if (held) return held.slot.createdAt;
      return ring.get(id) === undefined ? undefined : (await readSlot(id)).createdAt;
    },
    async probe() {
      if (problem === undefined) return;
      await inTurn(async () => {
        const index = ring.place();
        try {
          await file.wipe([index]);
          problem = undefined;
        } finally {
          ring.free(index);
        }
      }).catch(() => {});
    },
    async rotate() {
      await flush();
      return inTurn(async () => {
        await provider.advance();
        return rewrap();
      });
    },
    status: () => ({
      keys: ring.size - (ring.find(lookupOf(anchorPurpose, anchorName)) === undefined ? 0 : 1),
      unwiped: unwiped.size,
      problem,
      most,
      provider: provider.name,
      versions: provider.versions(),
    }),
    async close() {
      await flush();
      await inTurn(async () => {
        await writeSeen();
        ring.forget();
        await file.close();
      });
    },
  };
}

/** One after another: writing, destroying and wrapping anew never look at one slot. */
function createTurns(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => {});
    return mine;
  };
}
