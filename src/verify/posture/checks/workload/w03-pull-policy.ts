import { parseImage } from '../../kubernetes/image.ts';
import { nsa, type Found, type PodCheck } from '../check.ts';

export const w03: PodCheck = {
  id: 'W03',
  of: 'pod',
  title: 'An image that may be stale',
  severity: 'low',
  why: 'With a tag that can move and the policy IfNotPresent, nodes run different images of one name; with Never nobody looks whether it may be pulled.',
  fix: 'Pin the image by digest, or set imagePullPolicy: Always.',
  references: [nsa('Supply chain')],
  example: {
    bad: 'image: registry.example.com/agents:1.4\nimagePullPolicy: Never\n',
    good: 'image: registry.example.com/agents:1.4@sha256:…\n',
  },
  find: ({ pod }): readonly Found[] =>
    pod.containers.flatMap(({ name, field }) => {
      const policy = field.at('imagePullPolicy');
      const { digest } = parseImage(field.at('image').text ?? '');
      return digest === undefined && policy.text === 'Never'
        ? [
            {
              path: policy.path,
              container: name,
              message: 'imagePullPolicy is Never: nobody looks whether the image may be pulled.',
            },
          ]
        : [];
    }),
};
