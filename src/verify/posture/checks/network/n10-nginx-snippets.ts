import { nsa, type ResourceCheck } from '../check.ts';

export const n10: ResourceCheck = {
  id: 'N10',
  of: 'resource',
  kinds: ['Ingress'],
  title: 'An Ingress with a configuration snippet',
  severity: 'critical',
  why: 'A snippet is configuration of the ingress controller itself: with it whoever may write an Ingress reads every Secret of the cluster (CVE-2021-25742).',
  fix: 'Do without snippets, and turn them off at the controller.',
  references: [nsa('Network separation and hardening')],
  example: {
    bad: 'metadata:\n  annotations:\n    nginx.ingress.kubernetes.io/configuration-snippet: "…"\n',
    good: 'metadata:\n  annotations: {}\n',
  },
  find: ({ field }) =>
    field
      .at('metadata', 'annotations')
      .members()
      .filter(([name]) => /^nginx\.(ingress\.kubernetes\.io|org)\/.*snippets?$/.test(name))
      .map(([name, { path }]) => ({
        path,
        message: `The annotation ${name} puts configuration into the controller.`,
      })),
};
