import type { AzureCheck } from '../check.ts';
import { demand, isTrue } from './demand.ts';

export const a25: AzureCheck = {
  id: 'A25',
  of: 'azure',
  title: 'An AI account may call out to anywhere',
  severity: 'medium',
  why: 'Through URLs in prompts and data sources the service can be made to send data out, or to fetch what an attacker has put there.',
  fix: 'Restrict outbound access, and list the names it may call (fqdns, allowedFqdnList).',
  references: [],
  example: {
    bad: 'resource "azurerm_cognitive_account" "openai" {\n  kind = "OpenAI"\n}\n',
    good: 'resource "azurerm_cognitive_account" "openai" {\n  kind = "OpenAI"\n  outbound_network_access_restricted = true\n}\n',
  },
  find: (deployment) =>
    deployment.all('aiAccount').flatMap((aiAccount) => [
      ...demand(aiAccount, {
        setting: 'outboundRestricted',
        isRight: isTrue,
        message: 'Outbound access is not restricted.',
      }),
    ]),
};
