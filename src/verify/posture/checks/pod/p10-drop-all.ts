import { type Found, cis, pss, type PodCheck } from '../check.ts';

export const p10: PodCheck = {
  id: 'P10',
  of: 'pod',
  title: 'Capabilities are not all dropped',
  severity: 'medium',
  why: 'The default set of capabilities lets a process write raw packets, change owners of files and more, which hardly any program needs and attackers use.',
  fix: 'Drop ALL, and add back NET_BIND_SERVICE where the program listens below port 1024.',
  references: [cis('5.2.9'), pss('Restricted')],
  example: {
    bad: 'securityContext:\n  capabilities:\n    drop: [NET_RAW]\n',
    good: 'securityContext:\n  capabilities:\n    drop: [ALL]\n',
  },
  find: ({ pod }) =>
    pod.os === 'windows'
      ? []
      : pod.containers.flatMap(({ name, securityContext }): Found[] => {
          const drop = securityContext.at('capabilities', 'drop');
          return drop.texts().includes('ALL')
            ? []
            : [
                {
                  path: drop.path,
                  container: name,
                  message: 'capabilities.drop does not hold ALL.',
                  proposal: { append: drop.path, value: 'ALL' },
                },
              ];
        }),
};
