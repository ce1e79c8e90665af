import { cis, type PodCheck } from '../check.ts';
import { eachContainer } from './containers.ts';

export const p13: PodCheck = {
  id: 'P13',
  of: 'pod',
  title: 'May send raw packets',
  severity: 'medium',
  why: 'With NET_RAW a process forges packets of others on the network, and has reached their traffic by it.',
  fix: 'Drop ALL, or NET_RAW at least.',
  references: [cis('5.2.8')],
  example: {
    bad: 'securityContext:\n  capabilities:\n    add: [NET_RAW]\n',
    good: 'securityContext:\n  capabilities:\n    drop: [ALL]\n',
  },
  find: (subject) =>
    eachContainer(subject, ({ securityContext }) =>
      securityContext
        .at('capabilities', 'add')
        .items()
        .filter(({ text = '' }) => /^(CAP_)?NET_RAW$/.test(text))
        .map(({ path }) => ({
          path,
          message: 'The capability NET_RAW is added.',
          proposal: { remove: path },
        })),
    ),
};
