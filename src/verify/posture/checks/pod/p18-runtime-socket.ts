import { isRuntimeSocket } from '../runtime-socket.ts';
import { cis, type PodCheck } from '../check.ts';

export const p18: PodCheck = {
  id: 'P18',
  of: 'pod',
  title: 'Mounts the socket of the container runtime',
  severity: 'critical',
  why: 'Who can write to it starts a privileged container on the node.',
  fix: 'Do without it: build images and read logs through the API server or a service made for it.',
  references: [cis('5.2.11')],
  example: {
    bad: 'volumes:\n  - name: docker\n    hostPath: {path: /var/run/docker.sock}\n',
    good: 'volumes: []\n',
  },
  find: ({ pod }) =>
    pod.spec
      .at('volumes')
      .items()
      .map((volume) => volume.at('hostPath', 'path'))
      .filter(({ text = '' }) => isRuntimeSocket(text))
      .map(({ path, text = '' }) => ({
        path,
        message: `${text} is the socket of the container runtime, or holds it.`,
      })),
};
