import type { Field } from '../../field.ts';
import type { PodRule, Violation } from '../rule.ts';

const annotation = 'container.apparmor.security.beta.kubernetes.io/';
const allowedTypes = new Set(['RuntimeDefault', 'Localhost']);

function isAllowedAnnotation(value: unknown): boolean {
  return (
    value === '' ||
    value === 'runtime/default' ||
    (typeof value === 'string' && value.startsWith('localhost/'))
  );
}

function checkType(securityContext: Field, container?: string): Violation[] {
  const type = securityContext.at('appArmorProfile', 'type');
  if (!type.isSet || allowedTypes.has(type.text ?? '')) return [];
  const message = `The AppArmor profile is ${String(type.value)}; it must be RuntimeDefault or Localhost.`;
  return [{ path: type.path, container, message }];
}

export const appArmorProfile: PodRule = {
  id: 'appArmorProfile',
  title: 'The AppArmor profile is not taken off',
  rows: [
    {
      since: 0,
      check: ({ metadata, securityContext, containers }) => [
        ...checkType(securityContext),
        ...containers.flatMap((container) => checkType(container.securityContext, container.name)),
        ...metadata
          .at('annotations')
          .members()
          .filter(([name, { value }]) => name.startsWith(annotation) && !isAllowedAnnotation(value))
          .map(([name, { path, value }]) => ({
            path,
            container: name.slice(annotation.length),
            message: `The AppArmor profile is ${String(value)}; it must be runtime/default or localhost/….`,
          })),
      ],
    },
  ],
};
