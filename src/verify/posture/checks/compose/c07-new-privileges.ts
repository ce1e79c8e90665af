import { textOf } from '../../compose/service.ts';
import { cisDocker, type ComposeCheck } from '../check.ts';

const forbidden = /^no-new-privileges([:=]true)?$/i;

export const c07: ComposeCheck = {
  id: 'C07',
  of: 'compose',
  title: 'May gain privileges',
  severity: 'high',
  why: 'A setuid program in the image gives whoever runs it the rights of root.',
  fix: 'Set security_opt: ["no-new-privileges:true"].',
  references: [cisDocker('5.26')],
  example: {
    bad: 'services:\n  api:\n    security_opt: []\n',
    good: 'services:\n  api:\n    security_opt: ["no-new-privileges:true"]\n',
  },
  find: (service) =>
    service.all('security_opt').some((field) => forbidden.test(textOf(field) ?? ''))
      ? []
      : [
          {
            path: service.at('security_opt').path,
            message: 'security_opt does not hold no-new-privileges:true.',
          },
        ],
};
