import type { SecretReference } from './secrets.ts';

/** Where a secret stands. */
export type SecretSource =
  | { readonly provider: 'env'; readonly name: string }
  | { readonly provider: 'file'; readonly path: string };

/** `env:NAME`, `file:/path` or `file:relative/path`; undefined for any other text, which must not be repeated to anyone. */
export function parseSecretReference(reference: SecretReference): SecretSource | undefined {
  const variable = /^env:([A-Za-z_][A-Za-z0-9_]{0,254})$/.exec(reference)?.[1];
  if (variable !== undefined) return { provider: 'env', name: variable };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  const path = /^file:([^\u0000-\u001f\u007f]{1,4096})$/.exec(reference)?.[1];
  if (path === undefined || path.startsWith('//') || path !== path.trim()) return undefined;
  return { provider: 'file', path };
}
