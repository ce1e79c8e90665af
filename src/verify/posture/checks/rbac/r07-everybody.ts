import { rbacGroup } from '../../rbac/grants.ts';
import { cis, type ResourceCheck } from '../check.ts';

/** Subjects that are everybody, or that no binding should name. */
const everybody: Readonly<Record<string, string>> = {
  'system:anonymous': 'everybody who reaches the API server',
  'system:unauthenticated': 'everybody who reaches the API server',
  'system:authenticated': 'every service account and every user there is',
  'system:masters': 'a group past every permission check, which cannot be taken back',
};

/** What every cluster binds so by itself, and which shows nothing. */
const harmless = new Set(['system:discovery', 'system:basic-user', 'system:public-info-viewer']);

export const r07: ResourceCheck = {
  id: 'R07',
  of: 'resource',
  kinds: ['ClusterRoleBinding', 'RoleBinding'],
  title: 'A role is bound to everybody',
  severity: 'critical',
  why: 'These groups have members nobody has chosen: anybody on the network, or every Pod.',
  fix: 'Bind the role to the service accounts and groups that need it.',
  references: [cis('5.1.7')],
  example: {
    bad: 'subjects:\n  - {kind: Group, name: "system:authenticated"}\n',
    good: 'subjects:\n  - {kind: Group, name: platform-engineers}\n',
  },
  find: ({ group, field }) =>
    group !== rbacGroup || harmless.has(field.at('roleRef', 'name').text ?? '')
      ? []
      : field
          .at('subjects')
          .items()
          .map((subject) => subject.at('name'))
          .filter(({ text }) => text !== undefined && Object.hasOwn(everybody, text))
          .map(({ text = '', path }) => ({
            path,
            message: `The subject ${text} is ${everybody[text] ?? ''}.`,
          })),
};
