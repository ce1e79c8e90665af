import { lastInstruction } from '../../source/dockerfile.ts';
import { cisDocker, type DockerfileCheck } from '../check.ts';

export const d06: DockerfileCheck = {
  id: 'D06',
  of: 'dockerfile',
  title: 'No HEALTHCHECK',
  severity: 'low',
  why: 'Docker and compose take a container for well as long as its process is there. Kubernetes has probes of its own.',
  fix: 'Add HEALTHCHECK, or let this finding stand where only Kubernetes runs the image.',
  references: [cisDocker('4.6')],
  example: {
    bad: 'FROM alpine:3.22\nCMD ["server"]\n',
    good: 'FROM alpine:3.22\nHEALTHCHECK CMD ["server", "--check"]\nCMD ["server"]\n',
  },
  find: (stages) => {
    const final = stages.at(-1);
    return !final || lastInstruction(final, 'HEALTHCHECK')
      ? []
      : [{ at: final.from, message: 'The final stage has no HEALTHCHECK.' }];
  },
};
