import { type AzureCheck, cisAzure } from '../check.ts';
import { demand, isTrue } from './demand.ts';

export const a23: AzureCheck = {
  id: 'A23',
  of: 'azure',
  title: 'A key vault with access policies',
  severity: 'medium',
  why: 'Access policies know no conditions and no inheritance, and whoever may write the vault can give themselves all of it.',
  fix: 'Use Azure RBAC for the vault.',
  references: [cisAzure('3.3.6')],
  example: {
    bad: 'resource "azurerm_key_vault" "main" {\n  name = "ai"\n}\n',
    good: 'resource "azurerm_key_vault" "main" {\n  rbac_authorization_enabled = true\n}\n',
  },
  find: (deployment) =>
    deployment.all('vault').flatMap((vault) => [
      ...demand(vault, {
        setting: 'rbac',
        isRight: isTrue,
        message: 'Azure RBAC does not decide who gets at keys and secrets.',
      }),
    ]),
};
