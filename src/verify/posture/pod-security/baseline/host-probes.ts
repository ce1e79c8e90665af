import type { Field } from '../../field.ts';
import type { PodRule } from '../rule.ts';

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const hooks = ['postStart', 'preStop'] as const;
const actions = ['httpGet', 'tcpSocket'] as const;

function handlersOf(container: Field): Field[] {
  return [
    ...probes.map((probe) => container.at(probe)),
    ...hooks.map((hook) => container.at('lifecycle', hook)),
  ];
}

export const hostProbesAndHostLifecycle: PodRule = {
  id: 'hostProbesAndHostLifecycle',
  title: 'Probes and lifecycle hooks go to the Pod itself',
  rows: [
    {
      since: 34,
      check: ({ containers }) =>
        containers.flatMap(({ name, field }) =>
          handlersOf(field)
            .flatMap((handler) => actions.map((action) => handler.at(action, 'host')))
            .filter(({ isSet, value }) => isSet && value !== '')
            .map(({ path, value }) => ({
              path,
              container: name,
              message: `host is ${String(value)}: the kubelet would be sent there; it must be left out.`,
            })),
        ),
    },
  ],
};
