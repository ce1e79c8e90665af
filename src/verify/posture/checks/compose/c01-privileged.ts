import { isYes } from '../../compose/service.ts';
import { cisDocker, type ComposeCheck, type Found } from '../check.ts';
import { undecided } from './undecided.ts';

export const c01: ComposeCheck = {
  id: 'C01',
  of: 'compose',
  title: 'Privileged service',
  severity: 'critical',
  why: 'A privileged container has every capability and every device of the host: whoever breaks into it has the host, and every container there.',
  fix: 'Leave privileged out, and add the one capability the program needs, if any.',
  references: [cisDocker('5.5')],
  example: {
    bad: 'services:\n  api:\n    privileged: true\n',
    good: 'services:\n  api:\n    cap_drop: [ALL]\n',
  },
  find: (service) =>
    [
      service.at('privileged'),
      service.at('build', 'privileged'),
      ...['post_start', 'pre_stop'].flatMap((hook) =>
        service.all(hook).map((command) => command.at('privileged')),
      ),
    ].flatMap((field): Found[] =>
      isYes(field)
        ? [{ path: field.path, message: 'privileged is true; it must not be.' }]
        : undecided(field),
    ),
};
