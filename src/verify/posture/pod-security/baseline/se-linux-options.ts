import type { Field } from '../../field.ts';
import type { Pod } from '../../kubernetes/pod.ts';
import type { PodRule, Violation } from '../rule.ts';

const firstTypes = ['container_t', 'container_init_t', 'container_kvm_t'];

function checkOptions(securityContext: Field, types: readonly string[], container?: string): Violation[] {
  const options = securityContext.at('seLinuxOptions');
  const type = options.at('type');
  const wrongType = type.isSet && type.value !== '' && !types.includes(type.text ?? '');
  const custom = [options.at('user'), options.at('role')].filter(({ isSet, value }) => isSet && value !== '');
  return [
    ...(wrongType
      ? [
          {
            path: type.path,
            container,
            message: `The SELinux type is ${String(type.value)}; it must be one of ${types.join(', ')}.`,
          },
        ]
      : []),
    ...custom.map(({ path, value }) => ({
      path,
      container,
      message: `The SELinux ${String(path.at(-1))} is ${String(value)}; it must be left out.`,
    })),
  ];
}

const allowing =
  (types: readonly string[]) =>
  ({ securityContext, containers }: Pod): Violation[] => [
    ...checkOptions(securityContext, types),
    ...containers.flatMap((container) => checkOptions(container.securityContext, types, container.name)),
  ];

export const seLinuxOptions: PodRule = {
  id: 'seLinuxOptions',
  title: 'SELinux runs with a container type, and no user or role of its own',
  rows: [
    { since: 0, check: allowing(firstTypes) },
    { since: 31, check: allowing([...firstTypes, 'container_engine_t']) },
  ],
};
