import { isOpen, textOf } from '../../compose/service.ts';
import { cisDocker, type ComposeCheck, type Found } from '../check.ts';
import { undecided } from './undecided.ts';

export const c09: ComposeCheck = {
  id: 'C09',
  of: 'compose',
  title: 'Runs as root, or as whom the image says',
  severity: 'high',
  why: 'Root in a container is root on the host as soon as one flaw lets it out; without a user the image alone decides, with every new build, and most say root.',
  fix: 'Set user to a numeric id at or above the floor of the policy (verify.user), such as user: "10001:10001".',
  references: [cisDocker('4.1')],
  example: {
    bad: 'services:\n  api:\n    user: root\n',
    good: 'services:\n  api:\n    user: "10001:10001"\n',
  },
  find: (service, { uidFloor, uid }): readonly Found[] => {
    const field = service.at('user');
    const { path } = field;
    if (isOpen(field)) return undecided(field);
    const [user = ''] = (textOf(field) ?? '').split(':');
    if (user === '')
      return [
        {
          path,
          severity: 'medium',
          message: 'user is not set: the service runs as its image says, mostly as root.',
        },
      ];
    if (user === 'root' || /^0+$/.test(user)) return [{ path, message: 'user is root.' }];
    if (uid !== undefined && user !== String(uid))
      return [{ path, severity: 'medium', message: `user is ${user}; the policy wants ${uid}.` }];
    return /^\d+$/.test(user) && Number(user) < uidFloor
      ? [{ path, severity: 'medium', message: `user is ${user}; it must be ${uidFloor} at least.` }]
      : [];
  },
};
