import { nsa, type ResourceCheck } from '../check.ts';

export const n14: ResourceCheck = {
  id: 'N14',
  of: 'resource',
  kinds: ['Gateway'],
  title: 'A Gateway that listens without TLS',
  severity: 'high',
  why: 'Prompts, answers and keys cross the network in the open.',
  fix: 'Use the protocol HTTPS or TLS, with certificateRefs.',
  references: [nsa('Network separation and hardening')],
  example: {
    bad: 'kind: Gateway\nspec:\n  listeners: [{name: web, port: 80, protocol: HTTP}]\n',
    good: 'kind: Gateway\nspec:\n  listeners:\n    - {name: web, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: ai-tls}]}}\n',
  },
  find: ({ group, field }) =>
    group !== 'gateway.networking.k8s.io'
      ? []
      : field
          .at('spec', 'listeners')
          .items()
          .map((listener) => listener.at('protocol'))
          .filter(({ text }) => text === 'HTTP' || text === 'TCP')
          .map(({ path, text }) => ({ path, message: `The listener speaks ${String(text)}, without TLS.` })),
};
