import type { AzureCheck } from '../check.ts';
import { demand, isGiven } from './demand.ts';

export const a24: AzureCheck = {
  id: 'A24',
  of: 'azure',
  title: 'An AI account without a key of yours',
  severity: 'low',
  why: 'What is fine-tuned, uploaded and kept there is encrypted with a key that you can neither see nor take away.',
  fix: 'Give the account a key of Key Vault (customer-managed key), or let this stand where nothing is kept in it.',
  references: [],
  example: {
    bad: 'resource "azurerm_cognitive_account" "openai" {\n  kind = "OpenAI"\n}\n',
    good: 'resource "azurerm_cognitive_account" "openai" {\n  kind = "OpenAI"\n  customer_managed_key { key_vault_key_id = azurerm_key_vault_key.ai.id }\n}\n',
  },
  find: (deployment) =>
    deployment.all('aiAccount').flatMap((aiAccount) => [
      ...demand(aiAccount, {
        setting: 'ownKey',
        isRight: isGiven,
        message: 'There is no customer-managed key.',
      }),
    ]),
};
