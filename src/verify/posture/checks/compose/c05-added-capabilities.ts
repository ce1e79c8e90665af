import { isOpen, textOf } from '../../compose/service.ts';
import { defaultCapabilities } from '../../pod-security/baseline/capabilities.ts';
import { cisDocker, type ComposeCheck, type Found } from '../check.ts';
import { isPowerfulCapability } from '../powerful-capabilities.ts';
import { undecided } from './undecided.ts';

export const c05: ComposeCheck = {
  id: 'C05',
  of: 'compose',
  title: 'Adds a capability',
  severity: 'high',
  why: 'Each is a part of what root may do to the host; with SYS_ADMIN, SYS_MODULE, SYS_PTRACE and the like a process leaves its container.',
  fix: 'Do without it, or give the work to a program made for it.',
  references: [cisDocker('5.4')],
  example: {
    bad: 'services:\n  api:\n    cap_add: [SYS_ADMIN]\n',
    good: 'services:\n  api:\n    cap_drop: [ALL]\n    cap_add: [NET_BIND_SERVICE]\n',
  },
  find: (service) =>
    service.all('cap_add').flatMap((field): Found[] => {
      if (isOpen(field)) return undecided(field);
      const name = (textOf(field) ?? '').toUpperCase().replace(/^CAP_/, '');
      if (defaultCapabilities.has(name)) return [];
      return isPowerfulCapability(name)
        ? [
            {
              path: field.path,
              severity: 'critical',
              message: `The capability ${name} is as good as root on the host.`,
            },
          ]
        : [
            {
              path: field.path,
              message: `The capability ${name} is added; it is not in the default set, or better not used.`,
            },
          ];
    }),
};
