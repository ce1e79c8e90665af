import { nsa, type PodCheck } from '../check.ts';

export const p16: PodCheck = {
  id: 'P16',
  of: 'pod',
  title: 'An emptyDir without a size',
  severity: 'medium',
  why: 'It grows until the disk of the node is full, and other Pods are evicted for it.',
  fix: 'Set sizeLimit.',
  references: [nsa('Resource policies')],
  example: {
    bad: 'volumes:\n  - name: tmp\n    emptyDir: {}\n',
    good: 'volumes:\n  - name: tmp\n    emptyDir: {sizeLimit: 100Mi}\n',
  },
  find: ({ pod }) =>
    pod.spec
      .at('volumes')
      .items()
      .filter((volume) => volume.at('emptyDir').isSet && !volume.at('emptyDir', 'sizeLimit').isSet)
      .map((volume) => ({
        path: volume.at('emptyDir', 'sizeLimit').path,
        message: `The emptyDir ${volume.at('name').text ?? ''} has no sizeLimit.`,
        proposal: { set: volume.at('emptyDir', 'sizeLimit').path, value: '1Gi' },
      })),
};
