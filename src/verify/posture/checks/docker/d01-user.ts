import { lastInstruction } from '../../source/dockerfile.ts';
import { cisDocker, type DockerfileCheck, type FoundInDockerfile } from '../check.ts';

export const d01: DockerfileCheck = {
  id: 'D01',
  of: 'dockerfile',
  title: 'The image runs as root',
  severity: 'high',
  why: 'Whoever breaks into the program is root in the container, and one flaw of the kernel away from the node.',
  fix: 'End the final stage with USER and a numeric id, such as USER 10001.',
  references: [cisDocker('4.1')],
  example: {
    bad: 'FROM node:24-slim\nCMD ["node", "server.js"]\n',
    good: 'FROM node:24-slim\nUSER 10001\nCMD ["node", "server.js"]\n',
  },
  find: (stages, { uidFloor }): readonly FoundInDockerfile[] => {
    const final = stages.at(-1);
    if (!final) return [];
    const user = lastInstruction(final, 'USER');
    if (!user) {
      let first = final;
      while (first.base) first = first.base;
      // Images that say so by their tag run as another user without a word here.
      return /[:-]nonroot\b/.test(first.image)
        ? []
        : [
            {
              at: final.from,
              message: 'The final stage has no USER, so it runs as its base image does, mostly as root.',
            },
          ];
    }
    const [name = ''] = (user.arguments[0] ?? '').split(':');
    if (name.includes('$'))
      return [{ at: user, message: `USER is ${name}, which this file gives no value.`, severity: 'medium' }];
    if (name === 'root' || /^0+$/.test(name)) return [{ at: user, message: 'The last USER is root.' }];
    return /^\d+$/.test(name) && Number(name) < uidFloor
      ? [{ at: user, message: `USER is ${name}; it must be ${uidFloor} at least.`, severity: 'medium' }]
      : [];
  },
};
