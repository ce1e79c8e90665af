import { posix } from 'node:path';
import { isOpen, textOf } from '../../compose/service.ts';
import { splitOutsideVariables } from '../../compose/variables.ts';
import type { Field } from '../../field.ts';
import type { Severity } from '../../report.ts';
import { cisDocker, type ComposeCheck, type Found } from '../check.ts';
import { undecided } from './undecided.ts';

/** Disks and memory of the host: as good as root. */
const whole = /^\/dev(\/(mem|kmem|port|mapper|disk)(\/.*)?|\/(sd|hd|vd|xvd|nvme|dm-|md|loop)[a-z0-9-]*)?$/;
const accelerators = /^\/dev\/(nvidia|dri|kfd|accel|vfio\/)/;

function severityOf(device: string): Severity {
  if (whole.test(device)) return 'high';
  return accelerators.test(device) ? 'low' : 'medium';
}

function judge(field: Field): Found[] {
  if (isOpen(field)) return undecided(field);
  const [source = ''] = splitOutsideVariables(textOf(field) ?? textOf(field.at('source')) ?? '', ':');
  const device = posix.normalize(source);
  // Others are names that a vendor's description gives a device (CDI).
  if (!device.startsWith('/')) return [];
  return [
    { path: field.path, severity: severityOf(device), message: `The container has ${device} of the host.` },
  ];
}

export const c17: ComposeCheck = {
  id: 'C17',
  of: 'compose',
  title: 'Has a device of the host',
  severity: 'medium',
  why: 'A device is spoken to past every fence around the container: a disk is all its files, memory is all of it.',
  fix: 'Do without it; for accelerators use deploy.resources.reservations.devices, or gpus.',
  references: [cisDocker('5.18')],
  example: {
    bad: 'services:\n  api:\n    devices: ["/dev/sda:/dev/sda"]\n',
    good: 'services:\n  api:\n    deploy: {resources: {reservations: {devices: [{driver: nvidia, count: 1, capabilities: [gpu]}]}}}\n',
  },
  find: (service) => [
    ...service.all('devices').flatMap(judge),
    ...service.all('device_cgroup_rules').map(
      (field): Found => ({
        path: field.path,
        severity: /^[abc]\s+\*:\*/.test(textOf(field) ?? '') ? 'high' : 'medium',
        message: `The rule ${textOf(field) ?? ''} opens devices of the host.`,
      }),
    ),
  ],
};
