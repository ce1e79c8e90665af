import type { Resource } from '../../kubernetes/resource.ts';
import type { NetworkPolicy } from '../../network/policies.ts';
import { Field } from '../../field.ts';
import { readSelector } from '../../network/selector.ts';
import { cis, nsa, type FoundInCluster, type ClusterCheck } from '../check.ts';

const everything = readSelector(new Field({})).text;

function selectsAll({ podSelector }: NetworkPolicy): boolean {
  return podSelector.text === everything;
}

export const n04: ClusterCheck = {
  id: 'N04',
  of: 'cluster',
  title: 'No default deny in the namespace',
  severity: 'high',
  why: 'A Pod that no policy thinks of is open; with a default deny it is closed until somebody opens it.',
  fix: 'Add a NetworkPolicy with podSelector: {} and both policyTypes, and no rules.',
  references: [cis('5.3.2'), nsa('Network separation and hardening')],
  example: {
    bad: 'kind: Namespace\nmetadata: {name: prod}\n',
    good: 'kind: NetworkPolicy\nmetadata: {name: default-deny, namespace: prod}\nspec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n',
  },
  find: ({ reach }) => {
    const first = new Map<string, Resource>();
    for (const { namespace, resources } of reach.endpoints.all)
      if (resources[0] && !first.has(namespace)) first.set(namespace, resources[0]);
    return [...first].flatMap(([namespace, resource]): FoundInCluster[] => {
      const denied = reach.policies.filter((policy) => policy.namespace === namespace && selectsAll(policy));
      const open = (['ingress', 'egress'] as const).filter(
        (direction) =>
          !denied.some(
            ({ closes, rules }) =>
              closes.includes(direction) && !rules.some((rule) => rule.direction === direction),
          ),
      );
      if (open.length === 0) return [];
      return [
        {
          resource,
          path: ['metadata', 'namespace'],
          message: `The namespace ${namespace} has no NetworkPolicy that denies ${open.join(' and ')} to all its Pods by default.`,
        },
      ];
    });
  },
};
