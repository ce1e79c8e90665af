import { cis, type PodCheck } from '../check.ts';
import { eachContainer } from './containers.ts';

export const p31: PodCheck = {
  id: 'P31',
  of: 'pod',
  title: 'A secret comes through the environment',
  severity: 'medium',
  why: 'The environment of a process is inherited by its children and shown in crash reports and by /proc.',
  fix: 'Mount the Secret as a file, or allow it in the policy (verify.environment: allowed).',
  references: [cis('5.4.1')],
  example: {
    bad: 'env:\n  - name: API_KEY\n    valueFrom: {secretKeyRef: {name: api, key: key}}\n',
    good: 'volumeMounts:\n  - {name: api, mountPath: /run/secrets/api, readOnly: true}\n',
  },
  find: (subject, { secretsByEnvironment }) =>
    secretsByEnvironment
      ? []
      : eachContainer(subject, ({ field }) => {
          const single = field
            .at('env')
            .items()
            .map((one) => one.at('valueFrom', 'secretKeyRef'));
          const whole = field
            .at('envFrom')
            .items()
            .map((one) => one.at('secretRef'));
          return [...single, ...whole]
            .filter(({ isSet }) => isSet)
            .map(({ path }) => ({ path, message: 'A Secret is put into the environment.' }));
        }),
};
