import { nsa, type PodCheck } from '../check.ts';
import { eachContainer, effective } from './containers.ts';

export const p08: PodCheck = {
  id: 'P08',
  of: 'pod',
  title: 'Runs as a low user id',
  severity: 'medium',
  why: 'User ids below the floor belong to accounts of the node; a file the container gets hold of may be theirs.',
  fix: 'Run as a user id at or above the floor of the policy (verify.user).',
  references: [nsa('Kubernetes Pod security')],
  example: {
    bad: 'securityContext:\n  runAsUser: 33\n',
    good: 'securityContext:\n  runAsUser: 1000\n',
  },
  find: (subject, { uidFloor, uid }) =>
    eachContainer(subject, (container) => {
      const field = effective(subject, container, 'runAsUser');
      const user = field.number;
      if (user === undefined || user === 0) return [];
      if (uid !== undefined && user !== uid)
        return [{ path: field.path, message: `runAsUser is ${user}; the policy wants ${uid}.` }];
      return user < uidFloor
        ? [{ path: field.path, message: `runAsUser is ${user}, below ${uidFloor}.` }]
        : [];
    }),
};
