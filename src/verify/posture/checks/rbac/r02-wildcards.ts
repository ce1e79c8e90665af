import { rbacGroup } from '../../rbac/grants.ts';
import { readRules } from '../../rbac/rules.ts';
import { cis, type ResourceCheck } from '../check.ts';
import { roleKinds } from './role-rules.ts';

export const r02: ResourceCheck = {
  id: 'R02',
  of: 'resource',
  kinds: roleKinds,
  title: 'A role permits by wildcard',
  severity: 'high',
  why: 'A wildcard also covers what the next version of Kubernetes or the next operator brings, which nobody has looked at.',
  fix: 'Name the resources and verbs the subject uses.',
  references: [cis('5.1.3')],
  example: {
    bad: 'rules:\n  - {apiGroups: [""], resources: ["*"], verbs: [get]}\n',
    good: 'rules:\n  - {apiGroups: [""], resources: [configmaps], verbs: [get]}\n',
  },
  find: ({ group, field }) =>
    group !== rbacGroup
      ? []
      : readRules(field.at('rules')).flatMap((rule) => {
          const wild = (['resources', 'verbs'] as const).filter((part) => rule[part].includes('*'));
          return wild.map((part) => ({
            path: [...rule.path, part],
            message: `${part} holds "*": ${part === 'verbs' ? 'everything may be done' : 'it is about everything'}.`,
          }));
        }),
};
