import { isUtf8 } from 'node:buffer';
import { isPlaceholder } from '../literal-secrets.ts';
import type { Field } from '../../field.ts';
import type { Resource } from '../../kubernetes/resource.ts';
import { cis, type Found, type ResourceCheck } from '../check.ts';

/** Keys of Secrets that say who or where, or hold what is public. */
const publicKeys =
  /^(user(-?name)?|host(-?name)?|port|db(-?name)?|database|region|endpoint|namespace|e?-?mail|name|type|tls\.crt|ca\.crt)$/i;
const publicValue = /^-----BEGIN (CERTIFICATE|PUBLIC KEY)-----/;

function valuesOf(resource: Resource): (readonly [string, Field, string])[] {
  const plain = resource.field.at('stringData').members();
  const encoded = resource.field.at('data').members();
  return [
    ...plain.map(([name, field]) => [name, field, field.text ?? ''] as const),
    ...encoded.map(([name, field]) => [name, field, decode(field.text ?? '')] as const),
  ];
}

/** What is no base64 is a placeholder that something replaces. */
function decode(value: string): string {
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value)) return '';
  const bytes = Buffer.from(value, 'base64');
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
}

const isSecret = (name: string, value: string): boolean =>
  !publicKeys.test(name) && !isPlaceholder(value.trim()) && !publicValue.test(value);

export const s05: ResourceCheck = {
  id: 'S05',
  of: 'resource',
  kinds: ['Secret'],
  tellsCredentials: true,
  title: 'Secret with its values in the manifest',
  severity: 'high',
  why: 'Base64 hides nothing: whoever can read the manifest, or the history it lies in, has the values.',
  fix: 'Leave the values out: let an operator fill the Secret from a secret store (external-secrets), or keep it sealed (sealed-secrets, SOPS). Change what stood here.',
  references: [cis('5.4.2')],
  example: {
    bad: 'apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: c0rrect-horse}\n',
    good: 'apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: db}\nspec: {secretStoreRef: {name: vault}, target: {name: db}}\n',
  },
  find: (resource) =>
    valuesOf(resource)
      .filter(([name, , value]) => isSecret(name, value))
      .map(([name, { path }]): Found => ({ path, message: `The value of ${name} stands in the manifest.` })),
};
