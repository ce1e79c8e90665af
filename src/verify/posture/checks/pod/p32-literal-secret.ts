import { isLiteralSecret } from '../literal-secrets.ts';
import { cis, nsa, type PodCheck } from '../check.ts';
import { eachContainer } from './containers.ts';

export const p32: PodCheck = {
  id: 'P32',
  of: 'pod',
  tellsCredentials: true,
  title: 'A secret stands in the manifest',
  severity: 'high',
  why: 'Whoever reads the repository, its history or the API server has it, and it is never changed.',
  fix: 'Put it into a Secret, or a secret manager, and change it now: it is known.',
  references: [cis('5.4.1'), nsa('Authentication and authorization')],
  example: {
    bad: 'env:\n  - {name: DB_PASSWORD, value: hunter2secret}\n',
    good: 'env:\n  - name: DB_PASSWORD\n    valueFrom: {secretKeyRef: {name: db, key: password}}\n',
  },
  find: (subject) =>
    eachContainer(subject, ({ field }) =>
      field
        .at('env')
        .items()
        .filter((one) => isLiteralSecret(one.at('name').text ?? '', one.at('value').text ?? ''))
        .map((one) => ({
          path: one.at('value').path,
          message: `${one.at('name').text ?? ''} looks like a credential and stands here in the open.`,
        })),
    ),
};
