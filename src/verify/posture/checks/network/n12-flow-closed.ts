import { compareFlows, describeMismatch } from '../../network/flows.ts';
import { nsa, type FoundInCluster, type ClusterCheck } from '../check.ts';

export const n12: ClusterCheck = {
  id: 'N12',
  of: 'cluster',
  title: 'A declared flow is closed',
  severity: 'medium',
  why: 'The system as it is declared does not work as it is deployed: one of the two is wrong.',
  fix: 'Open the side that is named, or take the flow out of the policy (system.flows).',
  references: [nsa('Network separation and hardening')],
  example: {
    bad: '# system.flows: [agents -> memory]; memory lets nobody in\n',
    good: '# open is what is declared, and nothing else\n',
  },
  find: ({ reach }, { system }) =>
    compareFlows(system, reach)
      .filter(({ kind }) => kind === 'missing')
      .map((mismatch): FoundInCluster => {
        const [rule] = mismatch.rules;
        const resource = rule?.policy.resource ?? mismatch.resource;
        return { resource, path: rule?.path ?? [], message: describeMismatch(mismatch) };
      }),
};
