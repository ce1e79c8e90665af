import { isLiteralSecret } from '../checks/literal-secrets.ts';

/** Plans and templates write names in one word, `administratorLoginPassword`; what tells secrets apart knows words with something between them. */
export const isSecretValue = (name: string, value: string): boolean =>
  isLiteralSecret(name.replace(/([a-z0-9])([A-Z])/g, '$1_$2'), value);
