import type { Secret } from '../kernel/index.ts';

/** `env:NAME` or `file:/absolute/path` (or a path relative to the policy file). Nothing else is a reference. */
export type SecretReference = string;

/** A secret that follows its source: a file that changes (also a Kubernetes secret's symlink swap) is read again. */
export interface LiveSecret {
  /** The present value. Throws Fault `secret.unavailable` while it cannot be read and never was. */
  current(): Secret;
  /** When the present value was read, Unix milliseconds. */
  readonly readAt: number;
  close(): void;
}

export interface Secrets {
  /** Reads once. Throws Fault `secret.invalid` or `secret.unavailable`; the value never stands in the message. */
  read(reference: SecretReference): Promise<Secret>;
  /** Reads and follows. Resolves after the first attempt. */
  follow(reference: SecretReference): Promise<LiveSecret>;
  close(): void;
}
