import { hasVariable, resolveVariables } from '../../compose/variables.ts';
import type { ComposeCheck } from '../check.ts';
import { isLiteralSecret, isSecretName } from '../literal-secrets.ts';

/** It is given from outside: it is a variable, with a default or without, or has no value here. */
const comesFromOutside = (written: string | undefined): boolean =>
  written === undefined || hasVariable(written);

export const c15: ComposeCheck = {
  id: 'C15',
  of: 'compose',
  title: 'A secret comes through the environment',
  severity: 'medium',
  why: 'The environment of a process is inherited by its children and shown in crash reports, by /proc and by docker inspect.',
  fix: 'Give it as a file under secrets, or allow it in the policy (verify.environment: allowed).',
  references: [],
  example: {
    bad: 'services:\n  api:\n    environment: {API_KEY: "${API_KEY:?}"}\n',
    good: 'services:\n  api:\n    environment: {API_KEY_FILE: /run/secrets/api}\n    secrets: [api]\nsecrets:\n  api: {file: ./api.secret}\n',
  },
  find: (service, { secretsByEnvironment }) =>
    secretsByEnvironment
      ? []
      : service
          .pairs('environment')
          .filter(
            ({ name, written }) =>
              isSecretName(name) &&
              comesFromOutside(written) &&
              !isLiteralSecret(name, resolveVariables(written ?? '')),
          )
          .map(({ name, field: { path } }) => ({ path, message: `${name} comes through the environment.` })),
};
