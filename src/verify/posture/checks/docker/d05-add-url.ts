import { cisDocker, type DockerfileCheck } from '../check.ts';

export const d05: DockerfileCheck = {
  id: 'D05',
  of: 'dockerfile',
  title: 'ADD takes a file from the network unseen',
  severity: 'medium',
  why: 'Whoever holds that address, or the way to it, decides what is in the image.',
  fix: 'Give ADD a --checksum, or copy a file you keep.',
  references: [cisDocker('4.9')],
  example: {
    bad: 'FROM alpine:3.22\nADD https://example.com/tool.tar.gz /opt/\n',
    good: `FROM alpine:3.22\nADD --checksum=sha256:${'0'.repeat(64)} https://example.com/tool.tar.gz /opt/\n`,
  },
  find: (stages) =>
    stages
      .flatMap(({ instructions }) => instructions)
      .filter(
        ({ keyword, arguments: given, text }) =>
          keyword === 'ADD' && given.some((one) => /^https?:\/\//i.test(one)) && !/--checksum=/.test(text),
      )
      .map((at) => ({ at, message: 'ADD takes a file from the network without a checksum.' })),
};
