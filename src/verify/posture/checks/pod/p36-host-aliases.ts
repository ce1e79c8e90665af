import { nsa, type PodCheck } from '../check.ts';

export const p36: PodCheck = {
  id: 'P36',
  of: 'pod',
  title: 'Writes into /etc/hosts',
  severity: 'low',
  why: 'Names lead where the manifest says, past the DNS of the cluster.',
  fix: 'Leave hostAliases out, and use Services.',
  references: [nsa('Network separation and hardening')],
  example: {
    bad: 'hostAliases:\n  - {ip: 10.0.0.1, hostnames: [api.openai.com]}\n',
    good: 'spec: {}\n',
  },
  find: ({ pod }) => {
    const field = pod.spec.at('hostAliases');
    return field.items().length === 0
      ? []
      : [{ path: field.path, message: 'hostAliases puts names into /etc/hosts.' }];
  },
};
