import type { TextCheck } from '../check.ts';

export const s02: TextCheck = {
  id: 'S02',
  of: 'text',
  title: 'A credential of a known service in a file',
  severity: 'critical',
  why: 'Such keys are searched for by machines within minutes of being published, and used.',
  fix: 'Revoke it at the service and make another; taking it out of the file leaves it in the history. Read it from a secret store.',
  references: [],
  example: { bad: `API_KEY=ghp_${'A1b2C3d4'.repeat(4)}E5f6\n`, good: 'API_KEY=${GITHUB_TOKEN}\n' },
  detectors: [
    'ai-service-key',
    'anthropic-key',
    'aws-key',
    'azure-key',
    'github-token',
    'gitlab-token',
    'google-key',
    'openai-key',
    'package-token',
    'service-token',
    'slack-token',
    'stripe-key',
    'surety-key',
  ],
};
