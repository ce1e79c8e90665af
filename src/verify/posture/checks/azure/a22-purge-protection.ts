import { type AzureCheck, cisAzure } from '../check.ts';
import { demand, isTrue } from './demand.ts';

export const a22: AzureCheck = {
  id: 'A22',
  of: 'azure',
  title: 'A key vault can be emptied for good',
  severity: 'high',
  why: 'Whoever may delete the vault can make everything that its keys encrypt unreadable for ever.',
  fix: 'Turn purge protection on. It cannot be turned off again.',
  references: [cisAzure('3.3.5')],
  example: {
    bad: 'resource "azurerm_key_vault" "main" {\n  name = "ai"\n}\n',
    good: 'resource "azurerm_key_vault" "main" {\n  purge_protection_enabled = true\n}\n',
  },
  find: (deployment) =>
    deployment.all('vault').flatMap((vault) => [
      ...demand(vault, {
        setting: 'purgeProtection',
        isRight: isTrue,
        message: 'Purge protection is off.',
      }),
    ]),
};
