import { privileged } from '../../pod-security/baseline/privileged.ts';
import { checkOf } from '../../pod-security/rule.ts';
import { cis, pss, type PodCheck } from '../check.ts';

export const p01: PodCheck = {
  id: 'P01',
  of: 'pod',
  title: 'Privileged container',
  severity: 'critical',
  why: 'A privileged container has every capability and every device of the host: whoever breaks into it has the node, and with it every Pod there.',
  fix: 'Leave privileged out, and add the one capability the program needs, if any.',
  references: [cis('5.2.2'), pss('Baseline')],
  example: {
    bad: 'securityContext:\n  privileged: true\n',
    good: 'securityContext:\n  privileged: false\n',
  },
  find: ({ pod }, { version }) =>
    (checkOf(privileged, version)?.(pod) ?? []).map((violation) => ({
      ...violation,
      proposal: { set: violation.path, value: false },
    })),
};
