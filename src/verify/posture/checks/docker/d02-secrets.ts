import { isLiteralSecret, isSecretName } from '../literal-secrets.ts';
import { cisDocker, type DockerfileCheck, type FoundInDockerfile } from '../check.ts';
import type { DockerInstruction } from '../../source/dockerfile.ts';

/** Files that hold credentials by their names. */
const secretFiles =
  /(^|\/)(\.env|\.npmrc|\.netrc|\.pypirc|\.git-credentials|id_(rsa|dsa|ecdsa|ed25519)|[^/]+\.key|[^/]*-key\.pem|\.(aws|ssh)(\/.*)?|\.docker\/config\.json)$/;

function inVariable(at: DockerInstruction): FoundInDockerfile[] {
  return at.arguments.flatMap((argument): FoundInDockerfile[] => {
    const [name = '', ...rest] = argument.split('=');
    const value = rest.join('=').replace(/^["']|["']$/g, '');
    if (isLiteralSecret(name, value))
      return [{ at, message: `${at.keyword} ${name} looks like a credential and stays in the image.` }];
    return at.keyword === 'ARG' && value === '' && isSecretName(name)
      ? [
          {
            at,
            message: `What is given for ARG ${name} stays in the history of the image.`,
            severity: 'high',
          },
        ]
      : [];
  });
}

export const d02: DockerfileCheck = {
  id: 'D02',
  of: 'dockerfile',
  tellsCredentials: true,
  title: 'A secret in the image',
  severity: 'critical',
  why: 'Everybody who can pull the image has it: layers and the history keep what later instructions take away.',
  fix: 'Use RUN --mount=type=secret at build time, and give secrets to the container when it runs. Change this one.',
  references: [cisDocker('4.10')],
  example: {
    bad: 'FROM node:24-slim\nARG NPM_TOKEN\nCOPY .npmrc /root/\n',
    good: 'FROM node:24-slim\nRUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci\n',
  },
  find: (stages) =>
    stages.flatMap(({ instructions }) =>
      instructions.flatMap((at): FoundInDockerfile[] => {
        if (at.keyword === 'ARG' || at.keyword === 'ENV') return inVariable(at);
        if (at.keyword !== 'COPY' && at.keyword !== 'ADD') return [];
        return at.arguments
          .slice(0, -1)
          .filter((source) => secretFiles.test(source))
          .map((source) => ({
            at,
            message: `${source} holds credentials and becomes a layer of the image.`,
          }));
      }),
    ),
};
