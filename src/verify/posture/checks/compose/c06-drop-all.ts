import { textOf } from '../../compose/service.ts';
import { cisDocker, type ComposeCheck } from '../check.ts';

export const c06: ComposeCheck = {
  id: 'C06',
  of: 'compose',
  title: 'Capabilities are not all dropped',
  severity: 'medium',
  why: 'The default set of capabilities lets a process write raw packets, change owners of files and more, which hardly any program needs and attackers use.',
  fix: 'Set cap_drop: [ALL], and add back what the program cannot do without.',
  references: [cisDocker('5.4')],
  example: {
    bad: 'services:\n  api:\n    cap_drop: [NET_RAW]\n',
    good: 'services:\n  api:\n    cap_drop: [ALL]\n',
  },
  find: (service) =>
    service.all('cap_drop').some((field) => (textOf(field) ?? '').toUpperCase() === 'ALL')
      ? []
      : [{ path: service.at('cap_drop').path, message: 'cap_drop does not hold ALL.' }],
};
