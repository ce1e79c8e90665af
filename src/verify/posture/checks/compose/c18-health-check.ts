import { isYes, textOf } from '../../compose/service.ts';
import { cisDocker, type ComposeCheck } from '../check.ts';

export const c18: ComposeCheck = {
  id: 'C18',
  of: 'compose',
  title: 'No health check',
  severity: 'low',
  why: 'A container counts as well as long as its process is there, and others begin to depend on it before it answers.',
  fix: 'Add healthcheck, or let this finding stand where the image has one of its own.',
  references: [cisDocker('5.27')],
  example: {
    bad: 'services:\n  api:\n    healthcheck: {disable: true}\n',
    good: 'services:\n  api:\n    healthcheck: {test: [CMD, server, --check], interval: 30s}\n',
  },
  find: (service) => {
    if (service.isJob) return [];
    const check = service.at('healthcheck');
    const [first] = service.at('healthcheck', 'test').items();
    const isOff =
      isYes(service.at('healthcheck', 'disable')) ||
      (textOf(first ?? service.at('healthcheck', 'test')) ?? '') === 'NONE';
    if (check.isSet && !isOff) return [];
    return [
      {
        path: check.path,
        message: isOff ? 'The health check is turned off.' : 'The service has no healthcheck.',
      },
    ];
  },
};
