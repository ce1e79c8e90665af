import type { PodRule } from '../rule.ts';

export const privileged: PodRule = {
  id: 'privileged',
  title: 'Containers are not privileged',
  rows: [
    {
      since: 0,
      check: ({ containers }) =>
        containers.flatMap(({ name, securityContext }) => {
          const field = securityContext.at('privileged');
          return field.isTrue
            ? [
                {
                  path: field.path,
                  container: name,
                  message: 'privileged is true; it must be false or left out.',
                },
              ]
            : [];
        }),
    },
  ],
};
