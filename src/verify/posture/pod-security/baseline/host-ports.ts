import type { PodRule } from '../rule.ts';

export const hostPorts: PodRule = {
  id: 'hostPorts',
  title: 'No port of the host is taken',
  rows: [
    {
      since: 0,
      check: ({ containers }) =>
        containers.flatMap(({ name, field }) =>
          field
            .at('ports')
            .items()
            .map((port) => port.at('hostPort'))
            .filter(({ isSet, value }) => isSet && value !== 0)
            .map(({ path, value }) => ({
              path,
              container: name,
              message: `hostPort is ${String(value)}; it must be 0 or left out.`,
            })),
        ),
    },
  ],
};
