import type { Pod } from '../../kubernetes/pod.ts';
import type { PodRule, Violation } from '../rule.ts';

function checkProcMount({ containers }: Pod): Violation[] {
  return containers.flatMap(({ name, securityContext }) => {
    const field = securityContext.at('procMount');
    return field.isSet && field.value !== 'Default'
      ? [
          {
            path: field.path,
            container: name,
            message: `procMount is ${String(field.value)}; it must be Default.`,
          },
        ]
      : [];
  });
}

export const procMount: PodRule = {
  id: 'procMount',
  title: '/proc is masked as usual',
  replacedBy: 'procMount_restricted',
  rows: [
    { since: 0, check: checkProcMount },
    // In a user namespace of its own a Pod sees nothing of the host through an unmasked /proc.
    { since: 35, check: (pod) => (pod.spec.at('hostUsers').isFalse ? [] : checkProcMount(pod)) },
  ],
};

export const procMountRestricted: PodRule = {
  id: 'procMount_restricted',
  title: '/proc is masked as usual, in a user namespace too',
  rows: [{ since: 35, check: checkProcMount }],
};
