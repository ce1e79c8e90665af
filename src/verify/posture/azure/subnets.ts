import type { Deployment } from './deployment.ts';
import type { AzureResource } from './resource.ts';

export interface SubnetOf {
  readonly subnet: AzureResource<'subnet'>;
  readonly networks: readonly AzureResource<'network'>[];
  readonly groups: readonly AzureResource<'securityGroup'>[];
  /** Something says that a group guards it, be that group in the deployment or not. */
  readonly isGuarded: boolean;
}

/** The subnets, with what they belong to and what guards them. */
export function readSubnets(deployment: Deployment): SubnetOf[] {
  const joined = new Map<AzureResource<'subnet'>, AzureResource<'securityGroup'>[]>();
  for (const association of deployment.all('subnetAssociation')) {
    const groups = deployment.targetsOf(association.get('group'), association, 'securityGroup');
    for (const subnet of deployment.targetsOf(association.get('subnet'), association, 'subnet')) {
      const known = joined.get(subnet);
      if (known) known.push(...groups);
      else joined.set(subnet, [...groups]);
    }
  }
  return deployment.all('subnet').map((subnet) => {
    const group = subnet.get('group');
    const within = deployment.ownersOf(subnet, 'network');
    return {
      subnet,
      networks: within.length > 0 ? within : deployment.targetsOf(subnet.get('network'), subnet, 'network'),
      groups: [...deployment.targetsOf(group, subnet, 'securityGroup'), ...(joined.get(subnet) ?? [])],
      isGuarded: group.isGiven || joined.has(subnet),
    };
  });
}
