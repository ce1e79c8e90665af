import { volumesOf } from '../../compose/mounts.ts';
import { cisDocker, type ComposeCheck } from '../check.ts';

export const c20: ComposeCheck = {
  id: 'C20',
  of: 'compose',
  title: 'Mounts of the container appear on the host',
  severity: 'medium',
  why: 'What the container mounts below a shared mount is mounted on the host and in other containers too.',
  fix: 'Leave the propagation out, or use rprivate or rslave.',
  references: [cisDocker('5.20')],
  example: {
    bad: 'services:\n  api:\n    volumes: ["./data:/data:rshared"]\n',
    good: 'services:\n  api:\n    volumes: ["./data:/data"]\n',
  },
  find: (service) =>
    volumesOf(service)
      .filter(({ propagation = '' }) => /^r?shared$/.test(propagation))
      .map(({ field: { path }, target }) => ({
        path,
        message: `The mount at ${target} is shared with the host.`,
      })),
};
