import { type HostMount, hostMountsOf } from '../../compose/mounts.ts';
import { hasVariable } from '../../compose/variables.ts';
import { cisDocker, type ComposeCheck, type Found } from '../check.ts';
import { isRuntimeSocket } from '../runtime-socket.ts';

/** Of the benchmark, and where credentials, boot files and the data of container runtimes lie. */
const ofTheHost =
  /^\/$|^\/(boot|dev|etc|lib|lib32|lib64|proc|sys|usr|bin|sbin|root|run|var\/run|var\/log|var\/lib\/(docker|containerd|containers|kubelet|rancher))(\/|$)|^\/(var|var\/lib|home|Users|mnt|media)$|^[A-Za-z]:(\/|$)(Windows|Users)?$/;
const credentials =
  /^(~|\/home\/[^/]+|\/root|\/Users\/[^/]+)(\/(\.ssh|\.aws|\.azure|\.kube|\.docker|\.gnupg|\.config(\/gcloud)?)(\/.*)?)?$/;
/** What many mount to read, and what tells nothing of the host. */
const harmlessToRead =
  /^\/(etc\/(localtime|timezone|ssl\/certs|ca-certificates|pki\/(ca-trust|tls\/certs))|usr\/share\/(zoneinfo|ca-certificates))(\/|$)/;
const harmless = /^\/dev\/(null|zero|random|urandom|shm|log)$/;
/** A variable stands before any folder of somebody's own. */
const couldBeAnything = /^(~?\/?|\/(var|var\/lib|home|Users)\/)\$/;

function judge({ field, source, isReadOnly }: HostMount): Found[] {
  const { path } = field;
  if (hasVariable(source) && couldBeAnything.test(source))
    return [
      {
        path,
        severity: 'low',
        message: `The source is ${source}, which this file gives no value: nobody can tell which path of the host it is.`,
      },
    ];
  if (isRuntimeSocket(source) || harmless.test(source) || (isReadOnly && harmlessToRead.test(source)))
    return [];
  if (credentials.test(source))
    return [{ path, message: `${source} holds the credentials of whoever runs Compose.` }];
  if (!ofTheHost.test(source)) return [];
  return [
    isReadOnly && source !== '/'
      ? { path, severity: 'medium', message: `${source} of the host can be read.` }
      : { path, message: `${source} of the host is mounted${isReadOnly ? '' : ' and can be changed'}.` },
  ];
}

export const c04: ComposeCheck = {
  id: 'C04',
  of: 'compose',
  title: 'Mounts a path of the host that is not its own',
  severity: 'high',
  why: 'Folders of the system are its configuration, its credentials and its devices: who can write to them has the host, who can read them knows it.',
  fix: 'Use a named volume, or a folder that holds only what the service needs.',
  references: [cisDocker('5.6')],
  example: {
    bad: 'services:\n  api:\n    volumes: ["/etc:/host/etc", "~/.ssh:/root/.ssh"]\n',
    good: 'services:\n  api:\n    volumes: ["./conf:/etc/api:ro", "data:/data"]\nvolumes:\n  data: {}\n',
  },
  find: (service) => hostMountsOf(service).flatMap(judge),
};
