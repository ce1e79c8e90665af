import { cis, type PodCheck } from '../check.ts';

export const p29: PodCheck = {
  id: 'P29',
  of: 'pod',
  title: 'Has a token of the API server',
  severity: 'medium',
  why: 'A program that does not speak to the API server has no use for it; whoever breaks into it has.',
  fix: 'Set automountServiceAccountToken: false.',
  references: [cis('5.1.6')],
  example: {
    bad: 'spec: {}\n',
    good: 'spec:\n  automountServiceAccountToken: false\n',
  },
  find: ({ pod }) => {
    const field = pod.spec.at('automountServiceAccountToken');
    return field.isFalse
      ? []
      : [
          {
            path: field.path,
            message: `automountServiceAccountToken is ${field.isSet ? 'true' : 'not set'}; it must be false where the API server is not spoken to.`,
            proposal: { set: field.path, value: false },
          },
        ];
  },
};
