import { type AzureCheck, cisAzure, type FoundInAzure } from '../check.ts';
import type { Deployment } from '../../azure/deployment.ts';
import type { AzureResource } from '../../azure/resource.ts';
import type { Setting } from '../../azure/setting.ts';
import { cannotTell } from './demand.ts';

const isClosed = (setting: Setting): boolean =>
  setting.isFalse || setting.is('Disabled', 'SecuredByPerimeter');

interface Guards {
  readonly publicNetwork: Setting;
  /** What happens to those that no rule names. */
  readonly defaultAction?: Setting | undefined;
  /** It stands in a network of its owner's. */
  readonly subnet?: Setting | undefined;
}

function findIn(subject: AzureResource, { publicNetwork, defaultAction, subnet }: Guards): FoundInAzure[] {
  if (isClosed(publicNetwork) || subnet?.isGiven === true) return [];
  const open = [publicNetwork, subnet].find((setting) => setting?.undecided);
  if (open) return [cannotTell(subject, open)];
  const { path } = publicNetwork;
  return defaultAction?.is('Deny') === true
    ? [
        {
          subject,
          path,
          message: 'It is public, though only some networks may reach it.',
          severity: 'medium',
        },
      ]
    : [{ subject, path, message: 'It can be reached from the whole Internet.' }];
}

/** Rules of a storage account may stand by themselves. */
function actionOf(deployment: Deployment): Map<AzureResource, Setting> {
  return new Map(
    deployment
      .all('storageRules')
      .flatMap((rules) =>
        deployment
          .targetsOf(rules.get('account'), rules, 'storage')
          .map((account) => [account, rules.get('defaultAction')] as const),
      ),
  );
}

const withActions = ['vault', 'registry', 'aiAccount'] as const;
const withSubnets = ['postgres', 'redis'] as const;

/** 0.0.0.0 alone stands for everything in Azure, of every customer. */
function findInFirewall(rule: AzureResource<'postgresFirewall'>): FoundInAzure[] {
  const [first, last] = [rule.get('first'), rule.get('last')];
  const open = [first, last].find((setting) => setting.undecided);
  if (open) return [cannotTell(rule, open)];
  if (first.text !== '0.0.0.0') return [];
  const who =
    last.text === '0.0.0.0' ? 'everything in Azure, of every customer' : 'a large part of the Internet';
  return [{ subject: rule, path: first.path, message: `The rule lets in ${who}.` }];
}

export const a18: AzureCheck = {
  id: 'A18',
  of: 'azure',
  title: 'A service can be reached from the Internet',
  severity: 'high',
  why: 'One leaked key or password is enough for anybody anywhere to read the data, or to use the models.',
  fix: 'Turn public network access off, and reach the service through a private endpoint.',
  references: [cisAzure('3.3.7'), cisAzure('4.6'), cisAzure('4.7'), cisAzure('5.2.5')],
  example: {
    bad: 'resource "azurerm_cognitive_account" "openai" {\n  public_network_access_enabled = true\n}\n',
    good: 'resource "azurerm_cognitive_account" "openai" {\n  public_network_access_enabled = false\n}\n',
  },
  find: (deployment) => {
    const actions = actionOf(deployment);
    return [
      ...deployment.all('storage').flatMap((one) =>
        findIn(one, {
          publicNetwork: one.get('publicNetwork'),
          defaultAction: actions.get(one) ?? one.get('defaultAction'),
        }),
      ),
      ...withActions.flatMap((model) =>
        deployment
          .all(model)
          .flatMap((one) =>
            findIn(one, { publicNetwork: one.get('publicNetwork'), defaultAction: one.get('defaultAction') }),
          ),
      ),
      ...deployment.all('search').flatMap((one) => findIn(one, { publicNetwork: one.get('publicNetwork') })),
      ...withSubnets.flatMap((model) =>
        deployment
          .all(model)
          .flatMap((one) =>
            findIn(one, { publicNetwork: one.get('publicNetwork'), subnet: one.get('subnet') }),
          ),
      ),
      ...deployment.all('postgresFirewall').flatMap(findInFirewall),
    ];
  },
};
