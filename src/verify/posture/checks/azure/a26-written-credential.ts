import type { AzureCheck } from '../check.ts';
import { isSecretValue } from '../../azure/secret-names.ts';

export const a26: AzureCheck = {
  id: 'A26',
  of: 'azure',
  tellsCredentials: true,
  title: 'A credential stands in the plan or template',
  severity: 'high',
  why: 'Whoever can read the repository, its history or the deployment has it.',
  fix: 'Change it, and leave the value out: let Key Vault make or hold it, or give it when deploying. A secret parameter has no default.',
  references: [],
  example: {
    bad: '"parameters": {\n  "adminPassword": { "type": "securestring", "defaultValue": "c0rrect-horse" }\n}\n',
    good: '"parameters": {\n  "adminPassword": { "type": "securestring" }\n}\n',
  },
  find: ({ written }) =>
    written
      .filter(({ name, value, isSecure }) => value !== '' && (isSecure || isSecretValue(name, value)))
      .map(({ subject, path, name }) => ({
        subject,
        path,
        message: `The value of ${name} looks like a credential and stands here in the open.`,
      })),
};
