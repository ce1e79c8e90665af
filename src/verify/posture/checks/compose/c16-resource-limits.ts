import { type ComposeService, textOf } from '../../compose/service.ts';
import { cisDocker, type ComposeCheck } from '../check.ts';

/** Where each limit may stand; `deploy` is the newer place. */
const limits: readonly (readonly [string, ...(readonly string[])[]])[] = [
  ['memory', ['deploy', 'resources', 'limits', 'memory'], ['mem_limit']],
  ['cpus', ['deploy', 'resources', 'limits', 'cpus'], ['cpus'], ['cpu_quota']],
  ['pids', ['deploy', 'resources', 'limits', 'pids'], ['pids_limit']],
];

/** Zero and less stand for none. */
function isLimited(service: ComposeService, place: readonly string[]): boolean {
  const text = textOf(service.at(...place));
  return text !== undefined && text !== '' && !/^-|^0+(\.0*)?[a-z]*$/i.test(text);
}

export const c16: ComposeCheck = {
  id: 'C16',
  of: 'compose',
  title: 'Memory, CPU or processes without a limit',
  severity: 'medium',
  why: 'One leak or fork bomb takes the host, and every other service with it.',
  fix: 'Set deploy.resources.limits for memory, cpus and pids.',
  references: [cisDocker('5.11'), cisDocker('5.12'), cisDocker('5.29')],
  example: {
    bad: 'services:\n  api:\n    deploy: {resources: {limits: {memory: 256M}}}\n',
    good: 'services:\n  api:\n    deploy: {resources: {limits: {memory: 256M, cpus: "1", pids: 100}}}\n',
  },
  find: (service) => {
    const lacking = limits
      .filter(([, ...places]) => !places.some((place) => isLimited(service, place)))
      .map(([name]) => name);
    return lacking.length === 0
      ? []
      : [
          {
            path: service.at('deploy', 'resources', 'limits').path,
            message: `The service has no limit for ${lacking.join(', ')}.`,
          },
        ];
  },
};
