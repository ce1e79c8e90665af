/** What a wrapped key belongs to; bound to it, so that a row swapped with another does not open. */
export interface WrapContext {
  /** The id of the wrapped key. */
  readonly keyId: string;
  readonly purpose: string;
  /** Whose key it is, as the key store tells it: never a name. */
  readonly subject: string;
}

export interface WrappedKey {
  /** The version of the master key it is wrapped under. */
  readonly masterId: string;
  readonly bytes: Uint8Array;
}

export interface MasterKeyVersion {
  readonly id: string;
  readonly createdAt: number;
}

/**
 * Holds master keys and wraps data keys under them. The local one keeps them in files; a key service of a cloud keeps them where nobody can copy
 * them, hence all of it is asynchronous and a wrapped key is bytes nobody else reads (304 at most).
 */
export interface KeyProvider {
  /** `local`. */
  readonly name: string;
  /** The id of the version that wraps now. */
  current(): string;
  /** Every version that still unwraps, the oldest first. */
  versions(): readonly MasterKeyVersion[];
  wrap(key: Uint8Array, context: WrapContext): Promise<WrappedKey>;
  /** Throws Fault `key.unknown` where the version is gone, `seal.broken` where the bytes were changed or belong elsewhere. */
  unwrap(wrapped: WrappedKey, context: WrapContext): Promise<Buffer>;
  /** Makes a new version, which wraps from now on; earlier ones still unwrap. Gives its id. */
  advance(): Promise<string>;
  /** Destroys a version. What is wrapped under it never opens again. */
  retire(id: string): Promise<void>;
}
