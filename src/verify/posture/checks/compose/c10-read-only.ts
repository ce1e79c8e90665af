import { isOpen, isYes } from '../../compose/service.ts';
import { cisDocker, type ComposeCheck } from '../check.ts';
import { undecided } from './undecided.ts';

export const c10: ComposeCheck = {
  id: 'C10',
  of: 'compose',
  title: 'Root filesystem is writable',
  severity: 'medium',
  why: 'Who breaks in can replace the program, drop tools beside it and stay; on a filesystem that cannot be written there is no place for that.',
  fix: 'Set read_only: true, and give the program tmpfs or a volume where it has to write.',
  references: [cisDocker('5.13')],
  example: {
    bad: 'services:\n  api:\n    image: registry.example.com/api:1.4.2\n',
    good: 'services:\n  api:\n    read_only: true\n    tmpfs: [/tmp]\n',
  },
  find: (service) => {
    const field = service.at('read_only');
    if (isOpen(field)) return undecided(field);
    return isYes(field)
      ? []
      : [
          {
            path: field.path,
            message: `read_only is ${field.isSet ? 'false' : 'not set'}; it must be true.`,
          },
        ];
  },
};
