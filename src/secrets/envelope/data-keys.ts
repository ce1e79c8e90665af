import type { Clock, Log } from '../../kernel/index.ts';
import type { KeyProvider } from './key-provider.ts';

/** A data key: of a subject, or of a day for what belongs to nobody. */
export interface KeyReference {
  /** `subj_…`: random, so that nothing leads from it to the name once the key store has forgotten it. */
  readonly id: string;
  /** Resolves when the key is durable. */
  readonly kept: Promise<void>;
}

export interface KeyDescription {
  readonly id: string;
  readonly purpose: string;
  /** The UTC day, counted from 1970, on which it was last asked for. */
  readonly seenDay: number;
}

export interface SealedFor {
  readonly purpose: string;
  /** The row it stands in. */
  readonly about: string;
}

export interface KeyStoreStatus {
  readonly keys: number;
  /** Keys that were destroyed, and could not be overwritten on the disk yet. */
  readonly unwiped: number;
  /** Why keys could not be written the last time. */
  readonly problem: string | undefined;
  readonly most: number;
  readonly provider: string;
  readonly versions: readonly { readonly id: string; readonly createdAt: number }[];
}

/**
 * Data keys, each wrapped under the master key, in a file of its own that no backup holds. Destroying one overwrites it there: whatever it sealed,
 * in the store, in its log and in every copy of them, never opens again, and nothing says whose it was.
 */
export interface KeyStore {
  /** The key of a name, made where there is none. Waits for nothing: for the path of a call. Undefined where the store is full. */
  take(purpose: string, name: string): KeyReference | undefined;
  find(purpose: string, name: string): string | undefined;
  has(id: string): boolean;
  /** What the key was made for. Undefined where it was destroyed. */
  nameOf(id: string): Promise<string | undefined>;
  /** Throws Fault `data.erased` where the key was destroyed. */
  seal(id: string, context: SealedFor, text: Uint8Array): Promise<Buffer>;
  /** Throws Fault `data.erased`, or `seal.broken` where the bytes were changed or belong elsewhere. */
  unseal(id: string, context: SealedFor, sealed: Uint8Array): Promise<Buffer>;
  /**
   * Resolves when they are overwritten on the disk; gives how many there were. Where that fails they are out of memory and no longer used, `find` and
   * `has` do not know them, and destroying them again tries to overwrite them again. Throws Fault `key.not-overwritten`.
   */
  destroy(ids: readonly string[]): Promise<number>;
  /**
   * The key that stands for the key store itself, by which it is known again: its id, where there is one and the master key opens it. It is made once, and
   * is not counted nor listed. Throws Fault `data.mismatch` where it does not open.
   */
  anchor(): Promise<string | undefined>;
  makeAnchor(): Promise<string>;
  list(): readonly KeyDescription[];
  /** When it was made, Unix milliseconds. Undefined where it was destroyed. */
  madeAt(id: string): Promise<number | undefined>;
  /** A new version of the master key; every key is wrapped anew, then the old versions are destroyed. Gives how many keys were. */
  rotate(): Promise<number>;
  /** Where keys could not be written the last time: tries whether they can be now. */
  probe(): Promise<void>;
  status(): KeyStoreStatus;
  close(): Promise<void>;
}

export interface KeyStoreOptions {
  readonly folder: string;
  /** Whether what is missing is made: in a new installation only, since it makes whatever there was unreadable. */
  readonly create: boolean;
  readonly provider: KeyProvider;
  /** By purpose, what ids begin with. */
  readonly prefixes: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Called before anything is changed in the files, what a crash broke off included. What it throws closes them as they are. */
  readonly prove?: (keys: KeyStore) => Promise<void>;
  readonly most?: number;
  readonly writeEveryMs?: number;
}
