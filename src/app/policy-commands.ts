import type { CommandRooms, PolicyVerdict } from '../cli/index.ts';
import { systemClock } from '../kernel/index.ts';
import { formatProblem, type Problem, policyJsonSchema, readPolicyFile } from '../policy/index.ts';
import { policyFormat } from './policy-format.ts';
import { loadPolicy } from './policy-in-force.ts';

type PolicyCommands = Pick<
  CommandRooms,
  'readPolicy' | 'policySchema' | 'explainPolicy' | 'readVerifyPolicy' | 'readDataSection'
>;

/** What commands ask of a policy file: they need its format, and nothing that works by it. */
export const policyCommands: PolicyCommands = {
  policySchema: async () => policyJsonSchema(policyFormat),
  async readPolicy(file) {
    const reading = await readPolicyFile(file, policyFormat.read);
    return reading.ok ? accepted(reading.digest) : refused(reading.problems);
  },
  async readVerifyPolicy(file) {
    const reading = await readPolicyFile(file, policyFormat.read);
    if (!reading.ok) return { verdict: refused(reading.problems), verify: undefined, system: undefined };
    const { verify, system } = reading.policy;
    return { verdict: accepted(reading.digest), verify, system };
  },
  async explainPolicy(file) {
    const reading = await readPolicyFile(file, policyFormat.read);
    if (!reading.ok) return { verdict: refused(reading.problems), policy: undefined };
    const { explainGate } = await import('../enforce/gate/index.ts');
    return { verdict: accepted(reading.digest), policy: explainGate(reading.policy) };
  },
  async readDataSection(file) {
    return (await loadPolicy(file, systemClock.now())).policy.data;
  },
};

function accepted(digest: string): PolicyVerdict {
  return { ok: true, digest, problems: [], sentences: [] };
}

function refused(problems: readonly Problem[]): PolicyVerdict {
  return { ok: false, digest: undefined, problems, sentences: problems.map(formatProblem) };
}
