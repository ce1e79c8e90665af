import { runAsNonRoot } from '../../pod-security/restricted/run-as-non-root.ts';
import { checkOf } from '../../pod-security/rule.ts';
import { cis, pss, type PodCheck } from '../check.ts';

export const p06: PodCheck = {
  id: 'P06',
  of: 'pod',
  title: 'May run as root',
  severity: 'high',
  why: 'Root in a container is root on the node as soon as one flaw in the kernel or the runtime lets it out; and the image alone decides who it runs as, with every new build.',
  fix: 'Set runAsNonRoot: true for the Pod, and let the image run as another user.',
  references: [cis('5.2.7'), pss('Restricted')],
  example: {
    bad: 'securityContext: {}\n',
    good: 'securityContext:\n  runAsNonRoot: true\n',
  },
  find: ({ pod }, { version }) =>
    (checkOf(runAsNonRoot, version)?.(pod) ?? []).map((violation) => ({
      ...violation,
      proposal: { set: violation.path, value: true },
    })),
};
