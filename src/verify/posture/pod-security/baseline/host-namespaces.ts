import type { PodRule } from '../rule.ts';

const namespaces = ['hostNetwork', 'hostPID', 'hostIPC'] as const;

export const hostNamespaces: PodRule = {
  id: 'hostNamespaces',
  title: 'Host namespaces are not shared',
  rows: [
    {
      since: 0,
      check: ({ spec }) =>
        namespaces
          .map((name) => spec.at(name))
          .filter(({ isTrue }) => isTrue)
          .map(({ path }) => ({
            path,
            message: `${String(path.at(-1))} is true; it must be false or left out.`,
          })),
    },
  ],
};
