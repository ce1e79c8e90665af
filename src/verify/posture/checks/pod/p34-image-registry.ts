import { isFrom } from '../../kubernetes/image.ts';
import { cis, type PodCheck } from '../check.ts';
import { eachContainer } from './containers.ts';

export const p34: PodCheck = {
  id: 'P34',
  of: 'pod',
  title: 'The image comes from elsewhere',
  severity: 'medium',
  why: 'An image of an unknown registry was built and changed by somebody nobody here knows.',
  fix: 'Use a registry of the policy (verify.registries), or add it there.',
  references: [cis('5.5.1')],
  example: {
    bad: 'image: evil.example.net/agents:1.0\n',
    good: 'image: registry.example.com/agents:1.0\n',
  },
  find: (subject, { registries }) =>
    registries === undefined
      ? []
      : eachContainer(subject, ({ field }) => {
          const { path, text } = field.at('image');
          if (text === undefined || isFrom(text, registries)) return [];
          return [{ path, message: `The image ${text} is of none of the registries the policy allows.` }];
        }),
};
