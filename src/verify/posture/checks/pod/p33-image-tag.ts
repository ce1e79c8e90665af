import { parseImage } from '../../kubernetes/image.ts';
import { nsa, type Found, type PodCheck } from '../check.ts';
import { eachContainer } from './containers.ts';

export const p33: PodCheck = {
  id: 'P33',
  of: 'pod',
  title: 'The image is not pinned',
  severity: 'medium',
  why: 'A tag can be moved: what runs tomorrow is not what was looked at.',
  fix: 'Name the image by digest (@sha256:…), with its tag before it for people.',
  references: [nsa('Supply chain')],
  example: {
    bad: 'image: registry.example.com/agents:latest\n',
    good: 'image: registry.example.com/agents:1.4.2@sha256:…\n',
  },
  find: (subject) =>
    eachContainer(subject, ({ field }): Found[] => {
      const { path, text } = field.at('image');
      if (text === undefined) return [];
      const { tag, digest } = parseImage(text);
      if (digest !== undefined) return [];
      if (tag === undefined || tag === 'latest')
        return [
          {
            path,
            message: `The image ${text} has ${tag === undefined ? 'no tag' : 'the tag latest'}, which moves with every build.`,
          },
        ];
      return [{ path, severity: 'low', message: `The image ${text} is not pinned by its digest.` }];
    }),
};
