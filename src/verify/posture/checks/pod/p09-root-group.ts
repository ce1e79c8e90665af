import { nsa, type PodCheck } from '../check.ts';
import { eachContainer, effective } from './containers.ts';

export const p09: PodCheck = {
  id: 'P09',
  of: 'pod',
  title: 'Runs in the root group',
  severity: 'low',
  why: 'Files of root that its group may write are open to it.',
  fix: 'Set runAsGroup, fsGroup and supplementalGroups to other groups than 0.',
  references: [nsa('Kubernetes Pod security')],
  example: {
    bad: 'securityContext:\n  runAsGroup: 0\n',
    good: 'securityContext:\n  runAsGroup: 1000\n',
  },
  find: (subject) => {
    const { securityContext } = subject.pod;
    const shared = [securityContext.at('fsGroup'), ...securityContext.at('supplementalGroups').items()]
      .filter(({ value }) => value === 0)
      .map(({ path }) => ({ path, message: 'The root group (0) is among its groups.' }));
    const own = eachContainer(subject, (container) => {
      const field = effective(subject, container, 'runAsGroup');
      return field.value === 0 ? [{ path: field.path, message: 'runAsGroup is 0, the root group.' }] : [];
    });
    return [...shared, ...own];
  },
};
