import { nsa, type PodCheck } from '../check.ts';
import { eachContainer } from './containers.ts';

const wanted = [
  ['requests', 'cpu'],
  ['requests', 'memory'],
  ['limits', 'memory'],
  ['limits', 'cpu'],
  ['limits', 'ephemeral-storage'],
] as const;

export const p35: PodCheck = {
  id: 'P35',
  of: 'pod',
  title: 'CPU or memory without a limit',
  severity: 'medium',
  why: 'One leak takes the memory of the node, and its neighbours with it.',
  fix: 'Set resources.limits for memory, and requests for CPU and memory.',
  references: [nsa('Resource policies')],
  example: {
    bad: 'resources: {}\n',
    good: 'resources:\n  requests: {cpu: 100m, memory: 128Mi, ephemeral-storage: 100Mi}\n  limits: {cpu: "1", memory: 256Mi, ephemeral-storage: 1Gi}\n',
  },
  find: (subject) =>
    eachContainer(subject, ({ kind, field }) => {
      // An ephemeral container may have none (Kubernetes refuses it).
      if (kind === 'ephemeral') return [];
      const lacking = wanted.flatMap(([part, name]) => {
        const own = field.at('resources', part, name);
        return own.isSet || (part === 'requests' && field.at('resources', 'limits', name).isSet)
          ? []
          : [`${part}.${name}`];
      });
      return lacking.length === 0
        ? []
        : [{ path: field.at('resources').path, message: `resources lacks ${lacking.join(', ')}.` }];
    }),
};
