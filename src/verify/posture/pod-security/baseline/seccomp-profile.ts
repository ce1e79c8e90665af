import type { Field } from '../../field.ts';
import type { Pod } from '../../kubernetes/pod.ts';
import type { PodRule, Violation } from '../rule.ts';

const podAnnotation = 'seccomp.security.alpha.kubernetes.io/pod';
const containerAnnotation = 'container.seccomp.security.alpha.kubernetes.io/';
const allowedTypes = new Set(['RuntimeDefault', 'Localhost']);

function isAllowedAnnotation(value: unknown): boolean {
  return (
    value === 'runtime/default' ||
    value === 'docker/default' ||
    (typeof value === 'string' && value.startsWith('localhost/'))
  );
}

/** Before 1.19 the profile was an annotation. */
function checkAnnotations({ metadata }: Pod): Violation[] {
  return metadata
    .at('annotations')
    .members()
    .filter(([name]) => name === podAnnotation || name.startsWith(containerAnnotation))
    .filter(([, { value }]) => !isAllowedAnnotation(value))
    .map(([name, { path, value }]) => ({
      path,
      container: name === podAnnotation ? undefined : name.slice(containerAnnotation.length),
      message: `The seccomp profile is ${String(value)}; it must be runtime/default, docker/default or localhost/….`,
    }));
}

function checkType(securityContext: Field, container?: string): Violation[] {
  const type = securityContext.at('seccompProfile', 'type');
  if (!type.isSet || allowedTypes.has(type.text ?? '')) return [];
  const message = `The seccomp profile is ${String(type.value)}; it must be RuntimeDefault or Localhost.`;
  return [{ path: type.path, container, message }];
}

export const seccompProfileBaseline: PodRule = {
  id: 'seccompProfile_baseline',
  title: 'The seccomp profile is not taken off',
  replacedBy: 'seccompProfile_restricted',
  rows: [
    { since: 0, check: checkAnnotations },
    {
      since: 19,
      check: ({ securityContext, containers }) => [
        ...checkType(securityContext),
        ...containers.flatMap((container) => checkType(container.securityContext, container.name)),
      ],
    },
  ],
};
