import { nsa, type Found, type PodCheck } from '../check.ts';

export const w02: PodCheck = {
  id: 'W02',
  of: 'pod',
  title: 'Without probes',
  severity: 'low',
  why: 'Kubernetes takes a program that hangs for one that works, and sends it traffic.',
  fix: 'Set readinessProbe and livenessProbe.',
  references: [nsa('Kubernetes Pod security')],
  example: {
    bad: 'containers: [{name: api}]\n',
    good: 'containers:\n  - name: api\n    readinessProbe: {httpGet: {port: 8080}}\n    livenessProbe: {httpGet: {port: 8080}}\n',
  },
  find: ({ pod, resource }): readonly Found[] =>
    resource.kind === 'Job' || resource.kind === 'CronJob'
      ? []
      : pod.containers
          .filter(({ kind }) => kind === 'container')
          .flatMap(({ name, field }) => {
            const lacking = ['readinessProbe', 'livenessProbe'].filter((probe) => !field.at(probe).isSet);
            return lacking.length === 0
              ? []
              : [{ path: field.path, container: name, message: `It has no ${lacking.join(' and no ')}.` }];
          }),
};
