import { type ComposeService, isYes, textOf } from '../../compose/service.ts';
import { cisDocker, type ComposeCheck, type Found } from '../check.ts';
import { undecided } from './undecided.ts';

const namespaces = ['network_mode', 'pid', 'ipc', 'uts', 'userns_mode', 'cgroup'];

/** A network that is the host's under another name. */
function hostNetworks(service: ComposeService): Found[] {
  const names = [
    ...service.all('networks').map((field) => [textOf(field) ?? '', field] as const),
    ...service.at('networks').members(),
  ];
  return names
    .filter(([name]) => {
      const network = service.root.at('networks', name);
      const external = network.at('external');
      const called = textOf(network.at('name')) ?? textOf(external.at('name')) ?? name;
      return called === 'host' && (isYes(external) || external.at('name').isSet);
    })
    .map(([name, { path }]) => ({ path, message: `The network ${name} is that of the host.` }));
}

export const c02: ComposeCheck = {
  id: 'C02',
  of: 'compose',
  title: 'Shares a namespace of the host',
  severity: 'high',
  why: 'In the namespaces of the host a container sees and reaches what is not its own: processes and their memory, services that listen on the loopback address alone, root that is root.',
  fix: 'Leave it out: a container has namespaces of its own.',
  references: [cisDocker('5.10'), cisDocker('5.16'), cisDocker('5.17'), cisDocker('5.21'), cisDocker('5.31')],
  example: {
    bad: 'services:\n  api:\n    network_mode: host\n    pid: host\n',
    good: 'services:\n  api:\n    networks: [inside]\nnetworks:\n  inside: {}\n',
  },
  find: (service) => [
    ...namespaces
      .map((name) => service.at(name))
      .flatMap((field): Found[] =>
        textOf(field) === 'host'
          ? [{ path: field.path, message: `${String(field.path.at(-1))} is host.` }]
          : undecided(field),
      ),
    ...hostNetworks(service),
  ],
};
