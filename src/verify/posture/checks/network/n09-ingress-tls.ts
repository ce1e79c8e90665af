import { nsa, type Found, type ResourceCheck } from '../check.ts';

function isServedBy(host: string, listed: string): boolean {
  return host === listed || (listed.startsWith('*.') && host.slice(host.indexOf('.')) === listed.slice(1));
}

export const n09: ResourceCheck = {
  id: 'N09',
  of: 'resource',
  kinds: ['Ingress'],
  title: 'An Ingress without TLS',
  severity: 'high',
  why: 'Prompts, answers and keys cross the network in the open.',
  fix: 'List every host under spec.tls, with the Secret of its certificate.',
  references: [nsa('Network separation and hardening')],
  example: {
    bad: 'kind: Ingress\nspec:\n  rules: [{host: ai.example.com}]\n',
    good: 'kind: Ingress\nspec:\n  tls: [{hosts: [ai.example.com], secretName: ai-tls}]\n  rules: [{host: ai.example.com}]\n',
  },
  find: ({ group, field }): readonly Found[] => {
    if (group !== 'networking.k8s.io' && group !== 'extensions') return [];
    const tls = field.at('spec', 'tls');
    if (tls.items().length === 0) return [{ path: tls.path, message: 'The Ingress has no TLS.' }];
    const hosts = tls.items().flatMap((item) => item.at('hosts').texts());
    return field
      .at('spec', 'rules')
      .items()
      .map((rule) => rule.at('host'))
      .filter(
        ({ text }) => text !== undefined && hosts.length > 0 && !hosts.some((host) => isServedBy(text, host)),
      )
      .map(({ path, text }) => ({ path, message: `The host ${String(text)} stands in no tls.hosts.` }));
  },
};
