import type { Pod } from '../../kubernetes/pod.ts';
import type { PodRule, Violation } from '../rule.ts';

function checkUser({ securityContext, containers }: Pod): Violation[] {
  const pod = securityContext.at('runAsUser');
  const own = containers.map(({ name, securityContext: context }) => ({
    name,
    field: context.at('runAsUser'),
  }));
  const zero = own.filter(({ field }) => field.value === 0);
  // The Pod's 0 counts only for containers that say nothing else.
  const isUsed = own.length === 0 || own.some(({ field }) => !field.isSet);
  return [
    ...(pod.value === 0 && isUsed
      ? [{ path: pod.path, message: 'runAsUser is 0 (root) for the Pod; it must be another user.' }]
      : []),
    ...zero.map(({ name, field }) => ({
      path: field.path,
      container: name,
      message: 'runAsUser is 0 (root); it must be another user.',
    })),
  ];
}

export const runAsUser: PodRule = {
  id: 'runAsUser',
  title: 'Containers do not run as user 0',
  rows: [
    { since: 23, check: checkUser },
    { since: 35, check: (pod) => (pod.spec.at('hostUsers').isFalse ? [] : checkUser(pod)) },
  ],
};
