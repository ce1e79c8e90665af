import { allowPrivilegeEscalation } from '../../pod-security/restricted/privilege-escalation.ts';
import { checkOf } from '../../pod-security/rule.ts';
import type { Field } from '../../field.ts';
import { cis, type Found, type PodCheck, pss } from '../check.ts';

/** Kubernetes refuses a container that has all privileges and says that it may gain none. */
function mustBeAbleTo(securityContext: Field | undefined): boolean {
  return (
    securityContext?.at('privileged').isTrue === true ||
    securityContext?.at('capabilities', 'add').texts().includes('SYS_ADMIN') === true ||
    securityContext?.at('capabilities', 'add').texts().includes('CAP_SYS_ADMIN') === true
  );
}

export const p05: PodCheck = {
  id: 'P05',
  of: 'pod',
  title: 'May gain privileges',
  severity: 'high',
  why: 'A setuid program in the image gives whoever runs it the rights of root.',
  fix: 'Set allowPrivilegeEscalation: false.',
  references: [cis('5.2.6'), pss('Restricted')],
  example: {
    bad: 'securityContext: {}\n',
    good: 'securityContext:\n  allowPrivilegeEscalation: false\n',
  },
  find: ({ pod }, { version }) =>
    (checkOf(allowPrivilegeEscalation, version)?.(pod) ?? []).map((violation): Found => {
      const change = { set: violation.path, value: false };
      const owner = pod.containers.find(({ name }) => name === violation.container);
      return mustBeAbleTo(owner?.securityContext)
        ? { ...violation, proposal: change }
        : { ...violation, patch: change };
    }),
};
