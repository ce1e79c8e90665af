import type { PodRule } from '../rule.ts';

/** The set that a container runtime gives by default, without NET_RAW. */
export const defaultCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

export const capabilitiesBaseline: PodRule = {
  id: 'capabilities_baseline',
  title: 'No capabilities are added beyond the default set',
  replacedBy: 'capabilities_restricted',
  rows: [
    {
      since: 0,
      check: ({ containers }) =>
        containers.flatMap(({ name, securityContext }) =>
          securityContext
            .at('capabilities', 'add')
            .items()
            .filter(({ text }) => !defaultCapabilities.has(text ?? ''))
            .map(({ path, value }) => ({
              path,
              container: name,
              message: `The capability ${String(value)} is added; it is not in the default set.`,
            })),
        ),
    },
  ],
};
