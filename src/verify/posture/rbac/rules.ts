import type { Field, FieldPath } from '../field.ts';

/** One rule of a Role: what may be done to what. https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
export interface PolicyRule {
  readonly groups: readonly string[];
  /** With subresources: `pods/exec`. */
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Empty: all of them. */
  readonly names: readonly string[];
  readonly urls: readonly string[];
  readonly path: FieldPath;
}

/** One act: `create` of `pods/exec` in the core group. */
export interface Act {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
}

export function readRules(field: Field): PolicyRule[] {
  return field.items().map((rule) => ({
    groups: rule.at('apiGroups').texts(),
    resources: rule.at('resources').texts(),
    verbs: rule.at('verbs').texts(),
    names: rule.at('resourceNames').texts(),
    urls: rule.at('nonResourceURLs').texts(),
    path: rule.path,
  }));
}

/** Whether the rule permits the act, as the API server decides it: by wildcards, and subresources by a star and by `star/sub` too. */
export function permits({ groups, resources, verbs }: PolicyRule, { verb, group, resource }: Act): boolean {
  return covers(verbs, verb) && covers(groups, group) && coversResource(resources, resource);
}

const covers = (listed: readonly string[], wanted: string): boolean =>
  listed.includes('*') || listed.includes(wanted);

function coversResource(listed: readonly string[], wanted: string): boolean {
  const subresource = wanted.split('/')[1];
  return covers(listed, wanted) || (subresource !== undefined && listed.includes(`*/${subresource}`));
}

/** The acts of a list that a rule permits. */
export function permitted(rule: PolicyRule, acts: readonly Act[]): Act[] {
  return acts.filter((act) => permits(rule, act));
}

/** Every combination. */
export function actsOf(verbs: readonly string[], group: string, resources: readonly string[]): Act[] {
  return resources.flatMap((resource) => verbs.map((verb) => ({ verb, group, resource })));
}

/** `get, list secrets`; `create pods/exec`. */
export function formatActs(acts: readonly Act[]): string {
  const byResource = Map.groupBy(acts, ({ resource }) => resource);
  return [...byResource]
    .map(([resource, own]) => `${[...new Set(own.map(({ verb }) => verb))].join(', ')} ${resource}`)
    .join('; ');
}
