import type { AzureCheck } from '../check.ts';
import { demand, isTrue } from './demand.ts';

export const a16: AzureCheck = {
  id: 'A16',
  of: 'azure',
  title: 'Old images stay on the nodes',
  severity: 'low',
  why: 'An image with known flaws stays where a Pod can be started from it, long after it went out of the registry.',
  fix: 'Turn the image cleaner on.',
  references: [],
  example: {
    bad: 'resource "azurerm_kubernetes_cluster" "main" {\n  image_cleaner_enabled = false\n}\n',
    good: 'resource "azurerm_kubernetes_cluster" "main" {\n  image_cleaner_enabled = true\n}\n',
  },
  find: (deployment) =>
    deployment.all('cluster').flatMap((cluster) => [
      ...demand(cluster, {
        setting: 'imageCleaner',
        isRight: isTrue,
        message: 'The image cleaner is off.',
      }),
    ]),
};
