import type { AzureCheck } from '../check.ts';
import { demand, isFalse } from './demand.ts';

const kinds = ['storage', 'registry', 'aiAccount', 'search', 'redis'] as const;

export const a19: AzureCheck = {
  id: 'A19',
  of: 'azure',
  title: 'A key that everybody shares opens a service',
  severity: 'medium',
  why: 'Such a key names nobody, ends never, and gives all rights at once; whoever has read it once keeps them.',
  fix: 'Turn keys off (shared keys, local authentication, the admin user), and let workloads come with identities of Entra ID.',
  references: [],
  example: {
    bad: 'resource "azurerm_cognitive_account" "openai" {\n  kind = "OpenAI"\n}\n',
    good: 'resource "azurerm_cognitive_account" "openai" {\n  kind = "OpenAI"\n  local_auth_enabled = false\n}\n',
  },
  find: (deployment) =>
    kinds.flatMap((kind) =>
      deployment.all(kind).flatMap((resource) =>
        demand(resource, {
          setting: 'sharedKey',
          isRight: isFalse,
          message: 'Whoever has its key gets in, whoever that is.',
        }),
      ),
    ),
};
