import { cisDocker, type DockerfileCheck, type FoundInDockerfile } from '../check.ts';

const sudo = /(^|[\s;&|(])sudo\s/;
const piped = /\b(curl|wget)\b[^;&\n]*\|\s*(sudo\s+)?(env\s+)?(\/bin\/|\/usr\/bin\/)?(ba|da|z|k)?sh\b/;

export const d07: DockerfileCheck = {
  id: 'D07',
  of: 'dockerfile',
  title: 'RUN uses sudo, or runs what it downloads',
  severity: 'medium',
  why: 'A script from the network runs as it is at that moment, with nobody having seen it; sudo in an image lets its user become root.',
  fix: 'Download a version, compare its checksum, then run it; use USER instead of sudo.',
  references: [cisDocker('4.11')],
  example: {
    bad: 'FROM alpine:3.22\nRUN curl -fsSL https://example.com/install.sh | sh\n',
    good: 'FROM alpine:3.22\nRUN apk add --no-cache tool=1.2.3-r0\n',
  },
  find: (stages) =>
    stages
      .flatMap(({ instructions }) => instructions.filter(({ keyword }) => keyword === 'RUN'))
      .flatMap((at): FoundInDockerfile[] => {
        const command = at.text.replace(/[\\`]\r?\n/g, ' ');
        return [
          ...(sudo.test(command) ? [{ at, message: 'RUN uses sudo.' }] : []),
          ...(piped.test(command)
            ? [{ at, message: 'RUN runs a script as it comes from the network.' }]
            : []),
        ];
      }),
};
