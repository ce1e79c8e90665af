import { cis, type Found, type PodCheck } from '../check.ts';

export const p14: PodCheck = {
  id: 'P14',
  of: 'pod',
  title: 'Root filesystem is writable',
  severity: 'medium',
  why: 'Who breaks in can replace the program, drop tools beside it and stay; on a filesystem that cannot be written there is no place for that.',
  fix: 'Set readOnlyRootFilesystem: true, and mount an emptyDir where the program has to write.',
  references: [cis('5.6.3')],
  example: {
    bad: 'securityContext:\n  readOnlyRootFilesystem: false\n',
    good: 'securityContext:\n  readOnlyRootFilesystem: true\n',
  },
  find: ({ pod }) =>
    pod.os === 'windows'
      ? []
      : pod.containers.flatMap(({ name, securityContext }): Found[] => {
          const field = securityContext.at('readOnlyRootFilesystem');
          return field.isTrue
            ? []
            : [
                {
                  path: field.path,
                  container: name,
                  message: `readOnlyRootFilesystem is ${field.isSet ? 'false' : 'not set'}; it must be true.`,
                  proposal: { set: field.path, value: true },
                },
              ];
        }),
};
