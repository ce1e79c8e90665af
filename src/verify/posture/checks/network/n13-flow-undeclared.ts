import { compareFlows, describeMismatch } from '../../network/flows.ts';
import { nsa, type FoundInCluster, type ClusterCheck } from '../check.ts';

export const n13: ClusterCheck = {
  id: 'N13',
  of: 'cluster',
  title: 'A flow that is not declared is open',
  severity: 'high',
  why: 'A service that is broken into reaches further than anybody has agreed to.',
  fix: 'Close it with a NetworkPolicy, or declare it in the policy (system.flows).',
  references: [nsa('Network separation and hardening')],
  example: {
    bad: '# system.flows: [agents -> memory]; web reaches memory too\n',
    good: '# open is what is declared, and nothing else\n',
  },
  find: ({ reach }, { system }) =>
    compareFlows(system, reach)
      .filter(({ kind }) => kind === 'extra')
      .map((mismatch): FoundInCluster => {
        const [rule] = mismatch.rules;
        const resource = rule?.policy.resource ?? mismatch.resource;
        return { resource, path: rule?.path ?? [], message: describeMismatch(mismatch) };
      }),
};
