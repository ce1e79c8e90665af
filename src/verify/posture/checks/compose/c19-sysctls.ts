import { safeSysctls } from '../../pod-security/baseline/sysctls.ts';
import type { ComposeCheck } from '../check.ts';

/** The kernel keeps these apart for each container. */
const namespaced = /^(net\.|fs\.mqueue\.|kernel\.(shm|msg|sem))/;

export const c19: ComposeCheck = {
  id: 'C19',
  of: 'compose',
  title: 'An unsafe sysctl is set',
  severity: 'medium',
  why: 'A sysctl that is not kept apart for each container changes the kernel for every program of the host; others open the container’s own network.',
  fix: 'Leave it out, or set it for the host by whoever looks after that.',
  references: [],
  example: {
    bad: 'services:\n  api:\n    sysctls: {vm.overcommit_memory: 1}\n',
    good: 'services:\n  api:\n    sysctls: {net.ipv4.tcp_keepalive_time: 600}\n',
  },
  find: (service) =>
    service
      .pairs('sysctls')
      .filter(({ name }) => !safeSysctls.has(name))
      .map(({ name, field: { path } }) =>
        namespaced.test(name)
          ? {
              path,
              severity: 'low',
              message: `The sysctl ${name} is not among those that are known to be safe.`,
            }
          : { path, message: `The sysctl ${name} concerns the whole host.` },
      ),
};
