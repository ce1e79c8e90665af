import { cis, pss, type PodCheck } from '../check.ts';
import { eachContainer } from './containers.ts';

/** capabilities(7): each of these is documented there, or known, to be enough to leave a container. */
const powerful = new Set([
  'ALL',
  'BPF',
  'DAC_READ_SEARCH',
  'PERFMON',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_MODULE',
  'SYS_PTRACE',
  'SYS_RAWIO',
]);

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
        .filter(({ text = '' }) => powerful.has(text.replace(/^CAP_/, '')))
        .map(({ path, text = '' }) => ({
          path,
          message: `The capability ${text} is as good as root on the node.`,
          proposal: { remove: path },
        })),
    ),
};
