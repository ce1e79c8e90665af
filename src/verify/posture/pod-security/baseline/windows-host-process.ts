import type { Field } from '../../field.ts';
import type { PodRule, Violation } from '../rule.ts';

function checkHostProcess(securityContext: Field, container?: string): Violation[] {
  const field = securityContext.at('windowsOptions', 'hostProcess');
  return field.isTrue
    ? [{ path: field.path, container, message: 'hostProcess is true; it must be false or left out.' }]
    : [];
}

export const windowsHostProcess: PodRule = {
  id: 'windowsHostProcess',
  title: 'Windows containers are no processes of the host',
  rows: [
    {
      since: 0,
      check: ({ securityContext, containers }) => [
        ...checkHostProcess(securityContext),
        ...containers.flatMap((container) => checkHostProcess(container.securityContext, container.name)),
      ],
    },
  ],
};
