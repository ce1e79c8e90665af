import { textOf } from '../../compose/service.ts';
import { hasVariable } from '../../compose/variables.ts';
import { parseImage } from '../../kubernetes/image.ts';
import { cisDocker, type ComposeCheck, type Found } from '../check.ts';

export const c12: ComposeCheck = {
  id: 'C12',
  of: 'compose',
  title: 'The image is not pinned',
  severity: 'medium',
  why: 'A tag can be moved: what runs tomorrow is not what was looked at.',
  fix: 'Name the image by digest (@sha256:…), with its tag before it for people.',
  references: [cisDocker('4.2')],
  example: {
    bad: 'services:\n  api:\n    image: registry.example.com/api:latest\n',
    good: 'services:\n  api:\n    image: registry.example.com/api:1.4.2@sha256:…\n',
  },
  find: (service): readonly Found[] => {
    const field = service.at('image');
    const { path } = field;
    const text = textOf(field);
    // With a build, it is the name of what is built here; its Dockerfile is judged by itself.
    if (text === undefined || service.at('build').isSet) return [];
    const { tag, digest } = parseImage(text);
    if (digest !== undefined && !hasVariable(digest)) return [];
    if (hasVariable(text))
      return [
        {
          path,
          message: `The image is ${text}, which this file gives no value: nobody can tell which one will run.`,
        },
      ];
    if (tag === undefined || tag === 'latest')
      return [
        {
          path,
          message: `The image ${text} has ${tag === undefined ? 'no tag' : 'the tag latest'}, which moves with every build.`,
        },
      ];
    return [{ path, severity: 'low', message: `The image ${text} is not pinned by its digest.` }];
  },
};
