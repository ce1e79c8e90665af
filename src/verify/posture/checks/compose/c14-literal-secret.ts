import { resolveVariables } from '../../compose/variables.ts';
import type { ComposeCheck } from '../check.ts';
import { isLiteralSecret } from '../literal-secrets.ts';

export const c14: ComposeCheck = {
  id: 'C14',
  of: 'compose',
  tellsCredentials: true,
  title: 'A secret stands in the file',
  severity: 'high',
  why: 'Whoever reads the repository or its history has it, and it is never changed. One that stands as the default of a variable is used wherever nobody sets another.',
  fix: 'Put it into a file that is not in the repository and name that under secrets; change it now: it is known.',
  references: [],
  example: {
    bad: 'services:\n  db:\n    environment: {POSTGRES_PASSWORD: hunter2secret}\n',
    good: 'services:\n  db:\n    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/db}\n    secrets: [db]\nsecrets:\n  db: {file: ./db.secret}\n',
  },
  find: (service) =>
    [...service.pairs('environment'), ...service.pairs('build', 'args')]
      .filter(({ name, written = '' }) => isLiteralSecret(name, resolveVariables(written)))
      .map(({ name, field: { path } }) => ({
        path,
        message: `${name} looks like a credential and stands here in the open.`,
      })),
};
