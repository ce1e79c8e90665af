import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../kernel/index.ts';
import { type FileReading, type FollowedFile, followFile, readSmallFile } from '../secrets/index.ts';
import type { PolicyFormat, PolicyReading } from './format.ts';
import type { Problem } from './problem.ts';

const largestPolicyBytes = 4_000_000;

type ReadPolicy<Policy> = PolicyFormat<Policy>['read'];

/** A policy as read from its file, with the very text it was read from. */
export type PolicyFileReading<Policy> =
  | (Extract<PolicyReading<Policy>, { ok: true }> & { readonly text: string })
  | Extract<PolicyReading<Policy>, { ok: false }>;

/** Reads a policy from a file once. A file that cannot be read is a problem like any other. */
export async function readPolicyFile<Policy>(
  file: string,
  read: ReadPolicy<Policy>,
): Promise<PolicyFileReading<Policy>> {
  return interpret(await readSmallFile(file, largestPolicyBytes), file, read);
}

function interpret<Policy>(
  reading: FileReading,
  file: string,
  read: ReadPolicy<Policy>,
): PolicyFileReading<Policy> {
  const refuse = (message: string): PolicyFileReading<Policy> => ({
    ok: false,
    problems: [{ file, line: 1, column: 1, path: '', message }],
  });
  if (!reading.ok) return refuse(`the file ${reading.problem}`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(reading.bytes);
  } catch {
    return refuse('the file is not UTF-8 text');
  }
  const result = read(text, file);
  return result.ok ? { ...result, text } : result;
}

export interface WatchPolicyOptions<Policy> {
  readonly file: string;
  readonly read: ReadPolicy<Policy>;
  /** The digest of the policy in force; the same again is no change. */
  readonly digest: string;
  /** A policy to put in force. Also called with the digest in force when it follows problems, so that an alarm can end. */
  readonly onPolicy: (loaded: { policy: Policy; digest: string; text: string }) => void | Promise<void>;
  /** The file cannot be used; the policy in force stays. Once for each content. */
  readonly onProblems: (problems: readonly Problem[]) => void | Promise<void>;
  readonly log: Log;
  readonly settleMs?: number;
  readonly pollMs?: number;
  /** How long a content that is no policy may still be becoming one, before it is called a problem. */
  readonly graceMs?: number;
}

/**
 * Follows the policy file: a change is read when it stands still, handed over when its digest is new, and reported when it is not
 * a policy. `check()` looks at once, for a reload on demand.
 */
export function watchPolicy<Policy>(options: WatchPolicyOptions<Policy>): FollowedFile {
  const { file, read, onPolicy, onProblems, log, graceMs = 500 } = options;
  let digest = options.digest;
  let troubled = false;

  async function isStillChanging(reading: FileReading): Promise<boolean> {
    await delay(graceMs, undefined, { ref: false });
    const later = await readSmallFile(file, largestPolicyBytes);
    if (reading.ok && later.ok) return !reading.bytes.equals(later.bytes);
    return reading.ok !== later.ok;
  }

  async function onChange(reading: FileReading): Promise<void> {
    const result = interpret(reading, file, read);
    if (result.ok) {
      if (result.digest === digest && !troubled) return;
      digest = result.digest;
      troubled = false;
      await onPolicy({ policy: result.policy, digest, text: result.text });
    } else if (!(await isStillChanging(reading))) {
      troubled = true;
      await onProblems(result.problems);
    }
  }

  const followed = followFile({
    path: file,
    maxBytes: largestPolicyBytes,
    // Not what the file holds now: it may have changed since the policy in force was read.
    initial: { ok: false, problem: 'was not read by the watch yet' },
    onChange,
    log,
    settleMs: options.settleMs ?? 100,
    pollMs: options.pollMs ?? 5000,
  });
  void followed.check();
  return followed;
}
