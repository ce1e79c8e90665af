import { textOf } from '../../compose/service.ts';
import { hasVariable } from '../../compose/variables.ts';
import { isFrom, parseImage } from '../../kubernetes/image.ts';
import { cisDocker, type ComposeCheck, type Found } from '../check.ts';

export const c13: ComposeCheck = {
  id: 'C13',
  of: 'compose',
  title: 'The image comes from elsewhere',
  severity: 'medium',
  why: 'An image of an unknown registry was built and changed by somebody nobody here knows.',
  fix: 'Use a registry of the policy (verify.registries), or add it there.',
  references: [cisDocker('4.2')],
  example: {
    bad: 'services:\n  api:\n    image: evil.example.net/api:1.0\n',
    good: 'services:\n  api:\n    image: registry.example.com/api:1.0\n',
  },
  find: (service, { registries }): readonly Found[] => {
    const field = service.at('image');
    const { path } = field;
    const text = textOf(field);
    if (registries === undefined || text === undefined || service.at('build').isSet) return [];
    if (isFrom(text, registries)) return [];
    return [
      {
        path,
        message: hasVariable(parseImage(text).repository)
          ? `The image is ${text}, which this file gives no value: nobody can tell where it comes from.`
          : `The image ${text} is of none of the registries the policy allows.`,
      },
    ];
  },
};
