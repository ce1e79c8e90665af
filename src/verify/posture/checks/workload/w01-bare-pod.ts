import { nsa, type ResourceCheck } from '../check.ts';

export const w01: ResourceCheck = {
  id: 'W01',
  of: 'resource',
  kinds: ['Pod'],
  title: 'A Pod by itself',
  severity: 'low',
  why: 'Nothing starts it again when its node is gone, and nothing rolls out its next version.',
  fix: 'Use a Deployment, StatefulSet, DaemonSet or Job.',
  references: [nsa('Kubernetes Pod security')],
  example: {
    bad: 'kind: Pod\n',
    good: 'kind: Deployment\n',
  },
  find: ({ field, group }) =>
    group === '' && field.at('metadata', 'ownerReferences').items().length === 0
      ? [{ path: ['kind'], message: 'A bare Pod: no controller looks after it.' }]
      : [],
};
