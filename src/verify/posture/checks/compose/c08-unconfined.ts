import { isOpen, textOf } from '../../compose/service.ts';
import type { Severity } from '../../report.ts';
import { cisDocker, type ComposeCheck, type Found } from '../check.ts';
import { undecided } from './undecided.ts';

/** Options that take away a fence of the runtime. */
const unfencing: readonly { readonly option: RegExp; readonly what: string; readonly severity: Severity }[] =
  [
    { option: /^seccomp[:=]unconfined$/i, what: 'every system call', severity: 'high' },
    { option: /^apparmor[:=]unconfined$/i, what: 'what AppArmor keeps it from', severity: 'medium' },
    { option: /^label[:=]disable$/i, what: 'what SELinux keeps it from', severity: 'medium' },
    {
      option: /^systempaths[:=]unconfined$/i,
      what: 'the masked parts of /proc and /sys',
      severity: 'medium',
    },
  ];

export const c08: ComposeCheck = {
  id: 'C08',
  of: 'compose',
  title: 'A profile of the runtime is turned off',
  severity: 'high',
  why: 'The profiles for seccomp, AppArmor and SELinux keep a container from what programs do not need and attackers use.',
  fix: 'Leave it out, or name a profile of your own that allows the one thing the program needs.',
  references: [cisDocker('5.2'), cisDocker('5.3'), cisDocker('5.22')],
  example: {
    bad: 'services:\n  api:\n    security_opt: ["seccomp:unconfined"]\n',
    good: 'services:\n  api:\n    security_opt: ["no-new-privileges:true", "seccomp:./seccomp.json"]\n',
  },
  find: (service) =>
    service.all('security_opt').flatMap((field): Found[] => {
      if (isOpen(field)) return undecided(field);
      const text = textOf(field) ?? '';
      return unfencing
        .filter(({ option }) => option.test(text))
        .map(({ what, severity }) => ({
          path: field.path,
          severity,
          message: `${text} opens ${what} to the container.`,
        }));
    }),
};
