import { parseImage } from '../../kubernetes/image.ts';
import { cisDocker, type DockerfileCheck, type FoundInDockerfile } from '../check.ts';

export const d03: DockerfileCheck = {
  id: 'D03',
  of: 'dockerfile',
  title: 'The base image is not pinned',
  severity: 'medium',
  why: 'The same Dockerfile builds another image tomorrow, from whatever the tag points to by then.',
  fix: 'Name the base image by digest (@sha256:…), with its tag before it for people.',
  references: [cisDocker('4.2')],
  example: { bad: 'FROM node:latest\n', good: `FROM node:24-slim@sha256:${'0'.repeat(64)}\n` },
  find: (stages) =>
    stages.flatMap(({ from: at, image, base }): FoundInDockerfile[] => {
      if (base || image === 'scratch') return [];
      if (image.includes('$'))
        return [{ at, message: `The base image is ${image}, which this file gives no value.` }];
      const { tag, digest } = parseImage(image);
      if (digest !== undefined) return [];
      if (tag === undefined || tag === 'latest')
        return [
          { at, message: `The base image ${image} has ${tag === undefined ? 'no tag' : 'the tag latest'}.` },
        ];
      return [{ at, message: `The base image ${image} has a tag and no digest.`, severity: 'low' }];
    }),
};
