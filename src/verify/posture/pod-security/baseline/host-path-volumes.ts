import type { PodRule } from '../rule.ts';

export const hostPathVolumes: PodRule = {
  id: 'hostPathVolumes',
  title: 'No volume is a path of the host',
  replacedBy: 'restrictedVolumes',
  rows: [
    {
      since: 0,
      check: ({ spec }) =>
        spec
          .at('volumes')
          .items()
          .filter((volume) => volume.at('hostPath').isSet)
          .map((volume) => ({
            path: volume.at('hostPath').path,
            message: `The volume ${volume.at('name').text ?? ''} is a path of the host (hostPath).`,
          })),
    },
  ],
};
