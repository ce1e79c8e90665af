import { compileGate, replayPolicy, type ReplayPage } from '../enforce/gate/index.ts';
import { Fault } from '../kernel/index.ts';
import { formatProblem } from '../policy/index.ts';
import type { House } from './house.ts';
import { findArchivedPolicy } from './policy-archive.ts';
import { policyFormat } from './policy-format.ts';

export interface ReplayRequest {
  /** The candidate's text, and how its problems name it. */
  readonly candidate: string;
  readonly file: string;
  readonly since: number;
  readonly until: number;
  readonly from: number | undefined;
  readonly pageEntries: number;
}

export type ReplayAnswer = ReplayPage & {
  readonly candidateDigest: string;
  readonly inForceDigest: string;
};

/** Replays over an open house. Throws Fault `policy.invalid` with the problems of the candidate. */
export function createPolicyReplay(house: House): (request: ReplayRequest) => Promise<ReplayAnswer> {
  const { ledger, folder } = house;
  return async ({ candidate, file, ...span }) => {
    const reading = policyFormat.read(candidate, file);
    if (!reading.ok) {
      const lines = reading.problems.map((problem) => `\n${formatProblem(problem)}`);
      throw new Fault('policy.invalid', { detail: lines.join('') });
    }
    const { policy, digest } = house.policy();
    const page = await replayPolicy({
      ...span,
      ledger,
      candidate: compileGate(reading.policy, reading.digest),
      inForce: compileGate(policy, digest),
      policyOf: (wanted) => findArchivedPolicy(wanted, folder.paths.folder),
    });
    return { ...page, candidateDigest: reading.digest, inForceDigest: digest };
  };
}
