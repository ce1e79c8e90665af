import type { AzureCheck } from '../check.ts';

const who = {
  open: 'whoever may read the deployment reads it',
  state: 'whoever may read the state reads it',
} as const;
const severities = { open: 'high', state: 'low' } as const;

export const a27: AzureCheck = {
  id: 'A27',
  of: 'azure',
  tellsCredentials: true,
  title: 'An output gives a secret away',
  severity: 'high',
  why: 'Azure keeps the outputs of every deployment, and Terraform keeps them in its state; neither hides them.',
  fix: 'Put the secret into Key Vault where it is made, and give out its name.',
  references: [],
  example: {
    bad: '"outputs": {\n  "key": { "type": "string", "value": "[listKeys(resourceId(\'Microsoft.CognitiveServices/accounts\', \'ai\'), \'2024-10-01\').key1]" }\n}\n',
    good: '"outputs": {\n  "endpoint": { "type": "string", "value": "[reference(\'ai\').endpoint]" }\n}\n',
  },
  find: ({ outputs }) =>
    outputs.flatMap(({ subject, path, name, secret }) =>
      secret === undefined
        ? []
        : [
            {
              subject,
              path,
              message: `The output ${name} is a secret: ${who[secret]}.`,
              severity: severities[secret],
            },
          ],
    ),
};
