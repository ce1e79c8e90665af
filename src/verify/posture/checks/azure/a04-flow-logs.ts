import { type AzureCheck, cisAzure, type FoundInAzure } from '../check.ts';
import type { Deployment } from '../../azure/deployment.ts';
import type { AzureResource } from '../../azure/resource.ts';
import { readSubnets } from '../../azure/subnets.ts';
import { cannotTell, demand, isTrue } from './demand.ts';

const leastDays = 90;

/** Without a policy of retention, or with 0 days, they are kept until somebody deletes them. */
function findInLog(log: AzureResource<'flowLog'>): FoundInAzure[] {
  const off = demand(log, { setting: 'enabled', isRight: isTrue, message: 'The flow log is off.' });
  if (off.length > 0) return off;
  const [retained, days] = [log.get('retained'), log.get('days')];
  if (retained.isFalse) return [];
  const open = [retained, days].find((setting) => setting.undecided);
  if (open) return [cannotTell(log, open)];
  const kept = days.number ?? 0;
  return kept === 0 || kept >= leastDays
    ? []
    : [
        {
          subject: log,
          path: days.path,
          message: `Flow logs are kept for ${kept} days; ${leastDays} at least.`,
        },
      ];
}

/** Every network has one, or each of its subnets, or what guards them; a group without a network here has one of its own. */
function findWithout(deployment: Deployment): FoundInAzure[] {
  const logged = new Set<AzureResource>(
    deployment.all('flowLog').flatMap((log) => {
      const target = log.get('target');
      return (['network', 'subnet', 'securityGroup'] as const).flatMap((model) =>
        deployment.targetsOf<typeof model>(target, log, model),
      );
    }),
  );
  const subnets = readSubnets(deployment);
  const isLogged = (one: (typeof subnets)[number]): boolean =>
    logged.has(one.subnet) || one.groups.some((group) => logged.has(group));
  const pairs = subnets.flatMap((one) => one.networks.map((network) => ({ network, one })));
  const byNetwork = Map.groupBy(pairs, ({ network }) => network);
  const ofNetworks = new Set<AzureResource>(pairs.flatMap(({ one }) => one.groups));
  const networks = deployment.all('network').filter((network) => {
    const own = byNetwork.get(network) ?? [];
    return !logged.has(network) && !(own.length > 0 && own.every(({ one }) => isLogged(one)));
  });
  const groups = deployment
    .all('securityGroup')
    .filter((group) => !logged.has(group) && !ofNetworks.has(group));
  return [...networks, ...groups].map((subject) => ({
    subject,
    path: subject.path,
    message: 'No flow log says what passes through it.',
  }));
}

export const a04: AzureCheck = {
  id: 'A04',
  of: 'azure',
  title: 'Flow logs are off, or not kept',
  severity: 'medium',
  why: 'After an attack nobody can tell who reached what, and where the data went.',
  fix: 'Give every virtual network a flow log that is on and kept for 90 days at least. Flow logs of security groups are being retired.',
  references: [cisAzure('7.5')],
  example: {
    bad: 'resource "azurerm_network_watcher_flow_log" "main" {\n  enabled = true\n  retention_policy {\n    enabled = true\n    days    = 7\n  }\n}\n',
    good: 'resource "azurerm_network_watcher_flow_log" "main" {\n  target_resource_id = azurerm_virtual_network.main.id\n  enabled            = true\n  retention_policy {\n    enabled = true\n    days    = 90\n  }\n}\n',
  },
  find: (deployment) => [...deployment.all('flowLog').flatMap(findInLog), ...findWithout(deployment)],
};
