import type { PodRule } from '../rule.ts';

/** Kinds of volume that hold nothing of the host and of no storage system of the cluster's operator. */
const allowed = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

export const restrictedVolumes: PodRule = {
  id: 'restrictedVolumes',
  title: 'Volumes are of the kinds a namespace can own',
  rows: [
    {
      since: 0,
      check: ({ spec }) =>
        spec
          .at('volumes')
          .items()
          .flatMap((volume) =>
            volume
              .members()
              .filter(([kind, { isSet }]) => kind !== 'name' && isSet && !allowed.has(kind))
              .map(([kind, { path }]) => ({
                path,
                message: `The volume ${volume.at('name').text ?? ''} is of the kind ${kind}, which is not allowed.`,
              })),
          ),
    },
  ],
};
