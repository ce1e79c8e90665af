import { hostMountsOf } from '../../compose/mounts.ts';
import { isYes } from '../../compose/service.ts';
import { cisDocker, type ComposeCheck } from '../check.ts';
import { isRuntimeSocket } from '../runtime-socket.ts';

/** By its name, wherever it lies: for a user of their own, in a virtual machine, as a pipe of Windows. */
const namedSo = /(^|\/)((docker|podman|containerd|crio)\.sock|docker_engine)$/;

export const c03: ComposeCheck = {
  id: 'C03',
  of: 'compose',
  title: 'Mounts the socket of the container runtime',
  severity: 'critical',
  why: 'Who can reach it starts a privileged container on the host. Mounting it read-only changes nothing: it is spoken to, not written.',
  fix: 'Do without it, or put a proxy before it that lets through only the requests that are needed.',
  references: [cisDocker('5.32')],
  example: {
    bad: 'services:\n  proxy:\n    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]\n',
    good: 'services:\n  proxy:\n    volumes: ["./routes.yaml:/etc/routes.yaml:ro"]\n',
  },
  find: (service) => [
    ...hostMountsOf(service)
      .filter(({ source, target }) => isRuntimeSocket(source) || namedSo.test(source) || namedSo.test(target))
      .map(({ field, source }) => ({
        path: field.path,
        message: `${source} is the socket of the container runtime, or holds it.`,
      })),
    ...[service.at('use_api_socket')].filter(isYes).map(({ path }) => ({
      path,
      message:
        'use_api_socket mounts the socket of the container runtime, with the credentials for registries.',
    })),
  ],
};
