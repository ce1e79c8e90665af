import type { Resource } from '../../kubernetes/resource.ts';
import { rbacGroup } from '../../rbac/grants.ts';
import { type Act, formatActs, permitted, readRules } from '../../rbac/rules.ts';
import type { Found } from '../check.ts';

export const roleKinds = ['Role', 'ClusterRole'] as const;

/** The rules of a role that permit some of the acts. One that permits everything is another check's affair. */
export function findRules(resource: Resource, acts: readonly Act[], danger: string): Found[] {
  if (resource.group !== rbacGroup) return [];
  return readRules(resource.field.at('rules')).flatMap((rule) => {
    const isEverything =
      rule.verbs.includes('*') && rule.resources.includes('*') && rule.groups.includes('*');
    const found = isEverything || rule.names.length > 0 ? [] : permitted(rule, acts);
    return found.length === 0
      ? []
      : [{ path: rule.path, message: `It permits ${formatActs(found)}: ${danger}` }];
  });
}
