import type { AzureCheck, FoundInAzure } from '../check.ts';
import { readSubnets, type SubnetOf } from '../../azure/subnets.ts';
import { cannotTell } from './demand.ts';

/** Azure wants these without one, or with rules of its own. */
const ownNames = new Set([
  'gatewaysubnet',
  'azurefirewallsubnet',
  'azurefirewallmanagementsubnet',
  'azurebastionsubnet',
  'routeserversubnet',
]);

function findIn({ subnet, isGuarded }: SubnetOf): FoundInAzure[] {
  const name = (subnet.get('name').text ?? '').split('/').at(-1)?.toLowerCase() ?? '';
  if (isGuarded || ownNames.has(name)) return [];
  const group = subnet.get('group');
  if (group.undecided) return [cannotTell(subnet, group)];
  return [{ subject: subnet, path: subnet.path, message: 'No security group guards the subnet.' }];
}

export const a17: AzureCheck = {
  id: 'A17',
  of: 'azure',
  title: 'A subnet without a security group',
  severity: 'medium',
  why: 'Everything in the network, and in every network joined to it, reaches whatever stands there.',
  fix: 'Join a security group to the subnet, with rules for what it is meant for.',
  references: [],
  example: {
    bad: 'resource "azurerm_subnet" "nodes" {\n  name = "nodes"\n}\n',
    good: 'resource "azurerm_subnet_network_security_group_association" "nodes" {\n  subnet_id                 = azurerm_subnet.nodes.id\n  network_security_group_id = azurerm_network_security_group.nodes.id\n}\n',
  },
  find: (deployment) => readSubnets(deployment).flatMap(findIn),
};
