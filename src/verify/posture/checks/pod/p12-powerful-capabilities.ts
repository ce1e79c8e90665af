import { cis, pss, type PodCheck } from '../check.ts';
import { isPowerfulCapability } from '../powerful-capabilities.ts';
import { eachContainer } from './containers.ts';

export const p12: PodCheck = {
  id: 'P12',
  of: 'pod',
  title: 'Adds a capability that is as good as root',
  severity: 'critical',
  why: 'With SYS_ADMIN, SYS_MODULE, SYS_PTRACE and the like a process leaves its container.',
  fix: 'Do without it.',
  references: [cis('5.2.9'), pss('Baseline')],
  example: {
    bad: 'securityContext:\n  capabilities:\n    add: [SYS_ADMIN]\n',
    good: 'securityContext:\n  capabilities:\n    drop: [ALL]\n',
  },
  find: (subject) =>
    eachContainer(subject, ({ securityContext }) =>
      securityContext
        .at('capabilities', 'add')
        .items()
        .filter(({ text = '' }) => isPowerfulCapability(text))
        .map(({ path, text = '' }) => ({
          path,
          message: `The capability ${text} is as good as root on the node.`,
          proposal: { remove: path },
        })),
    ),
};
