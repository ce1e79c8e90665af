import type { Pod } from '../../kubernetes/pod.ts';
import type { PodRule, Violation } from '../rule.ts';

/** A container's own word counts before the Pod's. */
function checkNonRoot({ securityContext, containers }: Pod): Violation[] {
  const pod = securityContext.at('runAsNonRoot');
  const own = containers.map(({ name, securityContext: context }) => ({
    name,
    field: context.at('runAsNonRoot'),
  }));
  const bad = own.filter(({ field }) => (field.isSet ? !field.isTrue : !pod.isTrue));
  const allSayTrue = own.every(({ field }) => field.isTrue);
  const podIsFalse = pod.isSet && !pod.isTrue;
  return [
    ...(podIsFalse && !allSayTrue
      ? [{ path: pod.path, message: 'runAsNonRoot is false for the Pod; it must be true.' }]
      : []),
    ...bad.map(({ name, field }) => ({
      path: field.path,
      container: name,
      message: `runAsNonRoot is ${field.isSet ? 'false' : 'set neither here nor for the Pod'}; it must be true.`,
    })),
  ];
}

export const runAsNonRoot: PodRule = {
  id: 'runAsNonRoot',
  title: 'Containers do not run as root',
  rows: [
    { since: 0, check: checkNonRoot },
    // Root of a user namespace of its own is nobody on the host.
    { since: 35, check: (pod) => (pod.spec.at('hostUsers').isFalse ? [] : checkNonRoot(pod)) },
  ],
};
