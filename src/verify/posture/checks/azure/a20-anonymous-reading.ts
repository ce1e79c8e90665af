import { type AzureCheck, cisAzure } from '../check.ts';
import { demand, isFalse } from './demand.ts';

export const a20: AzureCheck = {
  id: 'A20',
  of: 'azure',
  title: 'Anybody may read without signing in',
  severity: 'high',
  why: "One container that is made public by mistake, and training data, prompts or images are everybody's.",
  fix: 'Turn public blobs and anonymous pulls off for the account.',
  references: [cisAzure('4.17')],
  example: {
    bad: 'resource "azurerm_storage_account" "data" {\n  allow_nested_items_to_be_public = true\n}\n',
    good: 'resource "azurerm_storage_account" "data" {\n  allow_nested_items_to_be_public = false\n}\n',
  },
  find: (deployment) => [
    ...deployment.all('storage').flatMap((storage) =>
      demand(storage, {
        setting: 'publicBlobs',
        isRight: isFalse,
        message: 'Containers of it can be made public.',
      }),
    ),
    ...deployment.all('registry').flatMap((registry) =>
      demand(registry, {
        setting: 'anonymousPull',
        isRight: isFalse,
        message: 'Images can be pulled by anybody.',
      }),
    ),
  ],
};
