import { nsa, type Found, type ResourceCheck } from '../check.ts';

export const n11: ResourceCheck = {
  id: 'N11',
  of: 'resource',
  kinds: ['Service'],
  title: 'A Service that is open to the outside',
  severity: 'medium',
  why: 'A LoadBalancer without source ranges is open to the Internet; externalIPs take traffic that was meant for others (CVE-2020-8554).',
  fix: 'Set loadBalancerSourceRanges, and leave externalIPs out.',
  references: [nsa('Network separation and hardening')],
  example: {
    bad: 'kind: Service\nspec: {type: LoadBalancer}\n',
    good: 'kind: Service\nspec: {type: LoadBalancer, loadBalancerSourceRanges: [192.0.2.0/24]}\n',
  },
  find: ({ field }): readonly Found[] => {
    const spec = field.at('spec');
    const ranges = spec.at('loadBalancerSourceRanges');
    const isInternal = field
      .at('metadata', 'annotations')
      .members()
      .some(
        ([name, { text, isTrue }]) =>
          /load-balancer-(internal|scheme|type)$/.test(name) &&
          (isTrue || /^(true|internal)$/i.test(text ?? '')),
      );
    const openBalancer =
      spec.at('type').text === 'LoadBalancer' && ranges.items().length === 0 && !isInternal;
    return [
      ...(openBalancer
        ? [{ path: ranges.path, message: 'The LoadBalancer names no loadBalancerSourceRanges.' }]
        : []),
      ...(spec.at('externalIPs').items().length > 0
        ? [{ path: spec.at('externalIPs').path, message: 'The Service takes traffic of externalIPs.' }]
        : []),
    ];
  },
};
