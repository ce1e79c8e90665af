import type { Pod } from '../../kubernetes/pod.ts';
import type { PodRule, Violation } from '../rule.ts';
import { exceptOnWindows } from '../windows.ts';

const allowedTypes = new Set(['RuntimeDefault', 'Localhost']);

function checkSeccomp({ securityContext, containers }: Pod): Violation[] {
  const pod = securityContext.at('seccompProfile', 'type');
  const podIsGood = allowedTypes.has(pod.text ?? '');
  const own = containers.map(({ name, securityContext: context }) => ({
    name,
    field: context.at('seccompProfile', 'type'),
  }));
  const bad = own.filter(({ field }) => (field.isSet ? !allowedTypes.has(field.text ?? '') : !podIsGood));
  const allAreGood = own.every(({ field }) => allowedTypes.has(field.text ?? ''));
  return [
    ...(pod.isSet && !podIsGood && !allAreGood
      ? [
          {
            path: pod.path,
            message: `The seccomp profile of the Pod is ${String(pod.value)}; it must be RuntimeDefault or Localhost.`,
          },
        ]
      : []),
    ...bad.map(({ name, field }) => ({
      path: field.path,
      container: name,
      message: field.isSet
        ? `The seccomp profile is ${String(field.value)}; it must be RuntimeDefault or Localhost.`
        : 'No seccomp profile is set, here or for the Pod; it must be RuntimeDefault or Localhost.',
    })),
  ];
}

export const seccompProfileRestricted: PodRule = {
  id: 'seccompProfile_restricted',
  title: 'A seccomp profile is set',
  rows: exceptOnWindows(19, checkSeccomp),
};
