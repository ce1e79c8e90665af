import type { PodRule } from '../rule.ts';
import { exceptOnWindows } from '../windows.ts';

export const allowPrivilegeEscalation: PodRule = {
  id: 'allowPrivilegeEscalation',
  title: 'A process cannot gain more privileges than its parent',
  rows: exceptOnWindows(8, ({ containers }) =>
    containers.flatMap(({ name, securityContext }) => {
      const field = securityContext.at('allowPrivilegeEscalation');
      return field.isFalse
        ? []
        : [
            {
              path: field.path,
              container: name,
              message: 'allowPrivilegeEscalation is not false; it must be.',
            },
          ];
    }),
  ),
};
