import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { type Clock, createBoundedMap, Fault, type Log, type Secret } from '../kernel/index.ts';
import type { PseudonymStore, SealedPseudonym } from './store.ts';

export interface AddressPseudonyms {
  /** `addr_…` */
  readonly address: string;
  /** `net_…`, of the /24 (IPv4) or /48 (IPv6) the address is in. */
  readonly network: string;
}

export type PseudonymKind = 'address' | 'network' | 'person';

/**
 * Names that stand for addresses and persons in entries: the same name for the same person, so that entries can be followed,
 * and no way back without the key. The meaning is sealed and kept in the store, apart from the ledger; erasing it there is
 * final, also when the address is seen again.
 */
export interface Pseudonyms {
  /** On the path of every call: one look into a map for an address seen lately, and never I/O. */
  address(address: string): AddressPseudonyms;
  person(name: string): string;
  /** What a pseudonym stands for; undefined where it was erased, or never kept. */
  reveal(pseudonym: string): Promise<string | undefined>;
  /** Destroys the meaning. Whether there was any. */
  erase(pseudonym: string): Promise<boolean>;
  /** Forgets meanings kept since before a time; one that is seen again is kept anew. Gives how many there were. */
  sweep(before: number): Promise<number>;
  /** Everything waiting written. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Seals meanings in place of the key of the pseudonyms itself, so that a copy of the store with that key opens nothing. */
export interface MeaningSealer {
  /** Gives a text with a dot in it. */
  close(pseudonym: string, meaning: string): Promise<string>;
  /** Undefined where the key is gone. */
  open(pseudonym: string, sealed: string): Promise<string | undefined>;
}

export interface PseudonymsOptions {
  /** At least 32 random bytes, base64 or any other text of that strength. */
  readonly key: Secret;
  readonly store: PseudonymStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly flushEveryMs?: number;
  readonly sealer?: MeaningSealer;
}

const cachedAddresses = 16_384;
/** A flood from one IPv6 network invents addresses without end: only so many of them are kept apart from their network's name. */
const keptPerNetwork = 64;
const waitingLimit = 10_000;
const batchRows = 500;
const shortestKey = 32;
const pseudonymBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
const ipv4NetworkBits = 24;
const ipv6NetworkBits = 48;
const prefixes: Readonly<Record<PseudonymKind, string>> = {
  address: 'addr',
  network: 'net',
  person: 'person',
};

export function createPseudonyms({
  key,
  store,
  clock,
  log,
  flushEveryMs = 1000,
  sealer,
}: PseudonymsOptions): Pseudonyms {
  if (Buffer.byteLength(key.reveal()) < shortestKey) {
    throw new Fault('secret.invalid', { detail: `The pseudonym key needs ${shortestKey} bytes or more.` });
  }
  const namingKey = deriveKey(key, 'surety pseudonym names');
  const ownSeal = createSeal(deriveKey(key, 'surety pseudonym meanings'));
  const seal = sealer ?? ownSeal;
  let cache = createBoundedMap<AddressPseudonyms>(cachedAddresses);
  let persons = createBoundedMap<string>(cachedAddresses);
  let perNetwork = createBoundedMap<number>(cachedAddresses);
  const waiting = new Map<string, { kind: PseudonymKind; meaning: string }>();
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | undefined;
  let dropped = 0;

  const name = (kind: PseudonymKind, meaning: string): string => {
    const digest = createHmac('sha256', namingKey).update(`${kind}\0${meaning}`).digest();
    return `${prefixes[kind]}_${digest.subarray(0, pseudonymBytes).toString('base64url')}`;
  };

  const remember = (pseudonym: string, kind: PseudonymKind, meaning: string) => {
    if (waiting.size >= waitingLimit) dropped += 1;
    else waiting.set(pseudonym, { kind, meaning });
    timer ??= setTimeout(() => void flush().catch(() => {}), flushEveryMs).unref();
  };

  const sealed = (): Promise<SealedPseudonym[]> =>
    Promise.all(
      [...waiting.entries()].slice(0, batchRows).map(async ([pseudonym, { kind, meaning }]) => ({
        pseudonym,
        kind,
        sealed: await seal.close(pseudonym, meaning),
        createdAt: clock.now(),
      })),
    );

  const write = async () => {
    while (waiting.size > 0) {
      const batch = await sealed();
      await store.remember(batch);
      for (const { pseudonym } of batch) waiting.delete(pseudonym);
    }
    if (dropped > 0)
      log.warn('Pseudonyms were given out whose meaning could not be kept.', { count: dropped });
    dropped = 0;
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    flushing ??= write().finally(() => {
      flushing = undefined;
    });
    try {
      await flushing;
    } catch (error) {
      log.warn('Pseudonyms could not be kept yet; they are tried again.', { waiting: waiting.size });
      timer ??= setTimeout(() => void flush().catch(() => {}), flushEveryMs).unref();
      throw error;
    }
  };

  const nameAddress = (text: string): AddressPseudonyms => {
    const { address, network } = normalize(text);
    const names = { address: name('address', address), network: name('network', network) };
    const known = perNetwork.get(names.network) ?? 0;
    if (known === 0) remember(names.network, 'network', network);
    if (known < keptPerNetwork) remember(names.address, 'address', address);
    perNetwork.set(names.network, known + 1);
    cache.set(text, names);
    return names;
  };

  return {
    address: (address) => cache.get(address) ?? nameAddress(address),
    person(person) {
      const known = persons.get(person);
      if (known !== undefined) return known;
      const pseudonym = name('person', person);
      remember(pseudonym, 'person', person);
      persons.set(person, pseudonym);
      return pseudonym;
    },
    async reveal(pseudonym) {
      const held = waiting.get(pseudonym);
      if (held) return held.meaning;
      const row = await store.find(pseudonym);
      if (!row || row.sealed === '') return undefined;
      // Those of before there was a sealer have no dot.
      return (row.sealed.includes('.') ? seal : ownSeal).open(pseudonym, row.sealed);
    },
    async erase(pseudonym) {
      // First whatever is on its way, so that it cannot arrive after its erasure.
      await flush();
      return store.erase(pseudonym, clock.now());
    },
    async sweep(before) {
      await flush();
      const count = await store.forget(before);
      cache = createBoundedMap<AddressPseudonyms>(cachedAddresses);
      persons = createBoundedMap<string>(cachedAddresses);
      perNetwork = createBoundedMap<number>(cachedAddresses);
      return count;
    },
    flush,
    async close() {
      await flush();
      clearTimeout(timer);
    },
  };
}

/** One text for one address, however it was written; an IPv4 address mapped into IPv6 is the IPv4 address. */
function normalize(text: string): { address: string; network: string } {
  if (!ipaddr.isValid(text)) return { address: 'unknown', network: 'unknown' };
  const address = ipaddr.process(text);
  const bits = address.kind() === 'ipv4' ? ipv4NetworkBits : ipv6NetworkBits;
  const network = ipaddr.fromByteArray(
    address.toByteArray().map((byte, index) => (index < bits / 8 ? byte : 0)),
  );
  return { address: address.toNormalizedString(), network: `${network.toNormalizedString()}/${bits}` };
}

function deriveKey(key: Secret, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key.reveal(), '', purpose, shortestKey));
}

/** AES-256-GCM; the pseudonym is authenticated along, so that a meaning cannot be moved to another. */
function createSeal(key: Buffer) {
  return {
    close(pseudonym: string, meaning: string): string {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(pseudonym));
      const text = Buffer.concat([cipher.update(meaning, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url');
    },
    open(pseudonym: string, sealed: string): string {
      const bytes = Buffer.from(sealed, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer.from(pseudonym)).setAuthTag(bytes.subarray(-tagBytes));
      const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
      return Buffer.concat([text, decipher.final()]).toString();
    },
  };
}
