/**
 * Secrets by reference: `env:NAME` and `file:/path`; and files whose content is followed, which secrets and the policy are.
 *
 * Guarantees: a value leaves only inside a `Secret`, which does not print; no message, log line or fault holds a value or a text
 * that was meant as a reference and is not one; an empty or oversized secret is refused; a file that changes is read again, and
 * one that vanishes leaves its last value in force with a warning.
 * Threat: credentials that end in policies, logs and error reports; rotation that silently does not happen.
 * Does not: protect a value in this process's memory, or from a root user of the machine. A variable is read as it was at the start.
 */
export { createSecrets, type SecretsOptions } from './create-secrets.ts';
export { type FileReading, type FollowedFile, followFile, readSmallFile } from './follow-file.ts';
export { openKeyFile } from './key-file.ts';
export { parseSecretReference, type SecretSource } from './reference.ts';
export type { LiveSecret, SecretReference, Secrets } from './secrets.ts';
