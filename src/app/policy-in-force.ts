import { existsSync } from 'node:fs';
import { copyFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault, type Log } from '../kernel/index.ts';
import { formatProblem, type Problem, readPolicyFile, watchPolicy } from '../policy/index.ts';
import { type Policy, policyFormat } from './policy-format.ts';

export const starterPolicyFile = fileURLToPath(new URL('../../policies/starter.yaml', import.meta.url));

export interface LoadedPolicy {
  readonly policy: Policy;
  readonly digest: string;
  readonly file: string;
  readonly loadedAt: number;
}

/** Where in a data folder the policy last in force is kept, so that commands without a server decide by it. */
export function keptPolicyFile(dataFolder: string): string {
  return join(dataFolder, 'policy.yaml');
}

/** The policy a command goes by: the one it names, else `surety.yaml` here, else (without a server) the one last in force, else the starter. */
export function findPolicyFile(named: string | undefined, dataFolder: string, running: boolean): string {
  if (named !== undefined) return resolve(named);
  const candidates = [...(running ? [] : [keptPolicyFile(dataFolder)]), resolve('surety.yaml')];
  return candidates.find((file) => existsSync(file)) ?? starterPolicyFile;
}

/** A policy that does not hold, with every problem and its place. */
export class PolicyProblems extends Fault {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('policy.invalid', {
      detail: `\n${problems.map((problem) => `  ${formatProblem(problem)}`).join('\n')}\n`,
    });
    this.problems = problems;
  }
}

/** Throws PolicyProblems. */
export async function loadPolicy(file: string, now: number): Promise<LoadedPolicy> {
  const reading = await readPolicyFile(file, policyFormat.read);
  if (!reading.ok) throw new PolicyProblems(reading.problems);
  return { policy: reading.policy, digest: reading.digest, file, loadedAt: now };
}

/** Keeps a copy of the file in the data folder. A policy holds no secrets, only references. */
export async function keepPolicy(file: string, dataFolder: string): Promise<void> {
  const kept = keptPolicyFile(dataFolder);
  if (resolve(file) === kept) return;
  await copyFile(file, `${kept}.new`);
  await rename(`${kept}.new`, kept);
}

export interface FollowPolicyOptions {
  readonly loaded: LoadedPolicy;
  readonly log: Log;
  /** Puts a policy in force, or throws and leaves the old one. */
  apply(policy: Policy, digest: string): Promise<void>;
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
    async onPolicy({ policy, digest }) {
      try {
        await apply(policy, digest);
      } catch (error) {
        refuse(error instanceof Fault ? error.message : 'It could not be put in force.', digest);
      }
    },
    onProblems: (problems) => refuse(problems.map(formatProblem).join('\n'), undefined),
  });
}
