import { parseImage } from '../../kubernetes/image.ts';
import type { DockerInstruction, DockerStage } from '../../source/dockerfile.ts';
import { cisDocker, type DockerfileCheck, type FoundInDockerfile } from '../check.ts';
import { buildToolsLeft } from './build-tools.ts';
import { commandsOf, historyOf } from './commands.ts';
import { developmentDependencies } from './development-dependencies.ts';

/** Images to build with, by the last part of their names; the program that is built needs none of them. */
const compilers =
  /(^|\/)(golang|rust|gcc|maven|gradle|haskell|buildpack-deps|emsdk|gcc-toolset-\d+-toolchain|dotnet\/sdk)$/;
/** Tags of images that come to run and to build with. */
const builderTag = /(^|[-.\d])(jdk|devel|sdk)([-.\d]|$)/;
/** Official images whose tags without such a word have compilers in them, being built on buildpack-deps. */
const official =
  /^(docker\.io|public\.ecr\.aws\/docker|mirror\.gcr\.io)\/library\/(node|python|ruby|perl|pypy)$/;
const small = /slim|alpine|windowsservercore|nanoserver/;

function ofBase(final: DockerStage): FoundInDockerfile[] {
  let first = final;
  while (first.base) first = first.base;
  const { from: at, image } = first;
  const { repository, tag = '' } = parseImage(image);
  if (compilers.test(repository) || builderTag.test(tag))
    return [{ at, message: `The final stage is built on ${image}, an image to build with.` }];
  return official.test(repository) && !image.includes('$') && !small.test(tag)
    ? [
        {
          at,
          severity: 'low',
          message: `The final stage is built on ${image}, which has compilers in it; its slim variant has none.`,
        },
      ]
    : [];
}

const isProduction = (instructions: readonly DockerInstruction[]): boolean =>
  instructions.some(
    ({ keyword, arguments: given }) =>
      keyword === 'ENV' && /\bNODE_ENV[= ]"?production\b/.test(given.join(' ')),
  );

export const d04: DockerfileCheck = {
  id: 'D04',
  of: 'dockerfile',
  title: 'The image carries what it was built with',
  severity: 'medium',
  why: 'Who breaks in finds a compiler to build tools with on the spot; and everything that is there has flaws of its own that somebody has to look after.',
  fix: 'Build in a stage of its own, and COPY --from what runs into a final stage on a small image.',
  references: [cisDocker('4.3')],
  example: {
    bad: 'FROM golang:1.25\nCOPY . .\nRUN go build -o /server .\nCMD ["/server"]\n',
    good: 'FROM golang:1.25 AS build\nCOPY . .\nRUN go build -o /server .\nFROM gcr.io/distroless/static:nonroot\nCOPY --from=build /server /server\nCMD ["/server"]\n',
  },
  find: (stages) => {
    const final = stages.at(-1);
    if (!final) return [];
    const history = historyOf(final);
    const commands = commandsOf(history);
    const byInstruction = Map.groupBy(buildToolsLeft(commands), ({ at }) => at);
    return [
      ...ofBase(final),
      ...[...byInstruction].map(([at, tools]) => ({
        at,
        message: `RUN leaves ${[...new Set(tools.map(({ name }) => name))].join(', ')} in the image.`,
      })),
      ...developmentDependencies(commands, isProduction(history)).map(
        ({ at, command }): FoundInDockerfile => ({
          at,
          severity: 'low',
          // What stands behind may hold a credential.
          message: `${command.split(' ', 2).join(' ')} installs what only development needs too.`,
        }),
      ),
    ];
  },
};
