import { posix } from 'node:path';
import type { Field } from '../../field.ts';
import { nsa, type PodCheck } from '../check.ts';
import { eachContainer } from './containers.ts';

/** Volumes that the kubelet mounts read-only whatever the mount says. */
const readOnlyKinds = ['configMap', 'secret', 'downwardAPI', 'projected', 'image'] as const;

function canBeWritten(volume: Field | undefined): boolean {
  return !volume || !readOnlyKinds.some((kind) => volume.at(kind).isSet);
}

function isBelow(path: string, allowed: readonly string[]): boolean {
  const plain = `${posix.normalize(path).replace(/\/+$/, '')}/`;
  return allowed.some((one) => plain.startsWith(`${one.replace(/\/+$/, '')}/`));
}

export const p15: PodCheck = {
  id: 'P15',
  of: 'pod',
  title: 'May write outside of its places',
  severity: 'medium',
  why: 'What can be written can be replaced: programs, libraries, configuration.',
  fix: 'Mount it readOnly, or below a path the policy allows (verify.writable).',
  references: [nsa('Kubernetes Pod security')],
  example: {
    bad: 'volumeMounts:\n  - {name: data, mountPath: /usr/local}\n',
    good: 'volumeMounts:\n  - {name: data, mountPath: /tmp}\n',
  },
  find: (subject, { writable }) => {
    const kinds = new Map(
      subject.pod.spec
        .at('volumes')
        .items()
        .map((volume) => [volume.at('name').text ?? '', volume] as const),
    );
    return eachContainer(subject, ({ field }) =>
      field
        .at('volumeMounts')
        .items()
        .filter((mount) => {
          const path = mount.at('mountPath').text ?? '';
          const volume = kinds.get(mount.at('name').text ?? '');
          return !mount.at('readOnly').isTrue && canBeWritten(volume) && !isBelow(path, writable);
        })
        .map((mount) => ({
          path: mount.path,
          message: `${mount.at('mountPath').text ?? ''} may be written to, and is not among the paths the policy allows.`,
        })),
    );
  },
};
