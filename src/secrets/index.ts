/**
 * Secrets by reference: `env:NAME` and `file:/path`; files whose content is followed, which secrets and the policy are; and envelope encryption: data
 * keys, each for a subject or a day, wrapped under a master key and kept apart from what they seal.
 *
 * Guarantees: a value leaves only inside a `Secret`, which does not print; no message, log line or fault holds a value or a text
 * that was meant as a reference and is not one; an empty or oversized secret is refused; a file that changes is read again, and
 * one that vanishes leaves its last value in force with a warning. What is sealed opens under its key, for its purpose and row alone; a data key
 * that was destroyed is nowhere any more, and what it sealed never opens again.
 * Threat: credentials that end in policies, logs and error reports; rotation that silently does not happen; rows swapped by somebody who can write the store; copies
 * of data that outlive its erasure.
 * Does not: protect a value in this process's memory, or from a root user of the machine. A variable is read as it was at the start. Nor does
 * it reach the bytes a disk keeps of overwritten ones (snapshots, copy-on-write, worn flash), or copies of the key folder that somebody else makes.
 */
export type { KeyProvider, MasterKeyVersion, WrapContext, WrappedKey } from './envelope/key-provider.ts';
export type { KeyDescription, KeyReference, KeyStore, KeyStoreStatus } from './envelope/data-keys.ts';
export { openKeyStore } from './envelope/key-store.ts';
export { openLocalKeys } from './envelope/local-keys.ts';
export { createSecrets, type SecretsOptions } from './create-secrets.ts';
export { type FileReading, type FollowedFile, followFile, readSmallFile } from './follow-file.ts';
export { openKeyFile } from './key-file.ts';
export { parseSecretReference, type SecretSource } from './reference.ts';
export type { LiveSecret, SecretReference, Secrets } from './secrets.ts';
