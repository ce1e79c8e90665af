import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Fault, type Log } from '../kernel/index.ts';
import { formatProblem, readPolicyFile, watchPolicy } from '../policy/index.ts';
import { type Policy, policyFormat } from './policy-format.ts';
import { starterPolicyFile } from './starter-policy.ts';

export interface LoadedPolicy {
  readonly policy: Policy;
  readonly digest: string;
  /** The file's text as it was read. The file may say something else by now. */
  readonly text: string;
  readonly file: string;
  readonly loadedAt: number;
}

/** Where in a data folder the policy last in force is kept, so that commands without a server decide by it. */
export function keptPolicyFile(dataFolder: string): string {
  return join(dataFolder, 'policy.yaml');
}

/** Where in a data folder the texts of policies are kept that were in force, each under its digest. */
export function archiveFolder(dataFolder: string): string {
  return join(dataFolder, 'policies');
}

/** The policy a command goes by: the one it names, else `surety.yaml` here, else (without a server) the one last in force, else the starter. */
export function findPolicyFile(named: string | undefined, dataFolder: string, running: boolean): string {
  if (named !== undefined) return resolve(named);
  const candidates = [...(running ? [] : [keptPolicyFile(dataFolder)]), resolve('surety.yaml')];
  return candidates.find((file) => existsSync(file)) ?? starterPolicyFile;
}

/** Throws Fault `policy.invalid` with a line for each problem. */
export async function loadPolicy(file: string, now: number): Promise<LoadedPolicy> {
  const reading = await readPolicyFile(file, policyFormat.read);
  if (!reading.ok) {
    const lines = reading.problems.map((problem) => `\n${formatProblem(problem)}`);
    throw new Fault('policy.invalid', { detail: lines.join('') });
  }
  const { policy, digest, text } = reading;
  return { policy, digest, text, file, loadedAt: now };
}

/** Keeps the text of the policy in force in the data folder. A policy holds no secrets, only references. */
export async function keepPolicy({ file, text }: LoadedPolicy, dataFolder: string): Promise<void> {
  const kept = keptPolicyFile(dataFolder);
  if (resolve(file) === kept) return;
  await writeFile(`${kept}.new`, text, { mode: 0o600, flush: true });
  await rename(`${kept}.new`, kept);
}

export interface FollowPolicyOptions {
  readonly loaded: LoadedPolicy;
  readonly log: Log;
  /** Puts a policy in force, or throws and leaves the old one. */
  apply(read: Pick<LoadedPolicy, 'policy' | 'digest' | 'text'>): Promise<void>;
  /** A policy that was not put in force; the old one stays. */
  refuse(sentence: string, digest: string | undefined): void;
}

/** Hot reload: swap, or keep the old and say so. */
export function followPolicy({ loaded, log, apply, refuse }: FollowPolicyOptions): {
  check(): Promise<void>;
  stop(): void;
} {
  return watchPolicy({
    file: loaded.file,
    read: policyFormat.read,
    digest: loaded.digest,
    log,
    async onPolicy(read) {
      try {
        await apply(read);
      } catch (error) {
        refuse(error instanceof Fault ? error.message : 'It could not be put in force.', read.digest);
      }
    },
    onProblems: (problems) => refuse(problems.map(formatProblem).join('\n'), undefined),
  });
}
