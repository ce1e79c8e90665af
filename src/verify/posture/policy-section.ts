import { z } from 'zod';
import type { PolicySection } from '../../policy/index.ts';
import type { PostureSettings } from './checks/check.ts';
import { newestVersion } from './pod-security/rule.ts';
import { severities } from './report.ts';

const user = z
  .strictObject({
    floor: z
      .int()
      .min(1)
      .max(2 ** 31 - 1)
      .prefault(1000)
      .describe('The lowest user id a container may run as. Tools differ: some ask for more than 10000.'),
    exactly: z
      .int()
      .min(1)
      .max(2 ** 31 - 1)
      .exactOptional()
      .describe('The one user id every container runs as.'),
  })
  .prefault({})
  .describe('Who containers run as.');

const ignored = z
  .strictObject({
    check: z
      .string()
      .regex(/^[A-Z]\d\d$/, 'not a check; write its id, such as P06')
      .describe('The check, by its id.')
      .meta({ examples: ['P06'] }),
    file: z.string().min(1).exactOptional().describe('Only in files whose path ends so.'),
    kind: z.string().min(1).exactOptional().describe('Only for this kind.'),
    name: z.string().min(1).exactOptional().describe('Only for what is called so.'),
    container: z.string().min(1).exactOptional().describe('Only for this container.'),
    reason: z.string().trim().min(10).describe('Why it is let stand, for whoever reads it next year.'),
    until: z.iso
      .date('not a date; write 2027-01-31')
      .describe('The last day it counts.')
      .meta({ examples: ['2027-01-31'] }),
  })
  .describe('A finding that somebody answers for.');

const schema = z
  .strictObject({
    scan: z
      .array(z.string().min(1))
      .prefault([])
      .describe('What "surety scan" looks at where it is given no paths; relative to the policy.')
      .meta({ examples: ['k8s/'] }),
    kubernetes: z
      .string()
      .regex(/^1\.\d{1,2}$/, `not a version; write 1.33 (known up to 1.${newestVersion})`)
      .prefault(`1.${newestVersion}`)
      .describe('The version of Kubernetes that manifests are judged by.')
      .meta({ examples: ['1.33'] }),
    user,
    registries: z
      .array(
        z.string().regex(/^[a-z0-9.:/_-]+$/, 'not a registry; write registry.example.com or ghcr.io/acme'),
      )
      .exactOptional()
      .describe('Where images may come from. Default: anywhere.')
      .meta({ examples: ['registry.example.com'] }),
    writable: z
      .array(z.string().startsWith('/', 'not a path; write /tmp'))
      .prefault(['/tmp', '/var/tmp', '/var/cache', '/var/run', '/run', '/root/.cache', '/home'])
      .describe('Where a container may write: these paths and what is below them.'),
    environment: z
      .enum(['refused', 'allowed'])
      .prefault('refused')
      .describe('Whether secrets may come to containers through environment variables.'),
    failOn: z
      .enum([...severities, 'never'])
      .prefault('low')
      .describe('The least severity at which "surety scan" ends with exit code 1.'),
    ignore: z
      .array(ignored)
      .prefault([])
      .describe('Findings that are let stand, each with a reason and an end.'),
  })
  .describe('Whether what is deployed is what was promised.');

export type VerifyPolicy = z.output<typeof schema>;

/** The `verify` section. */
export const verifySection: PolicySection<'verify', typeof schema, { readonly verify: VerifyPolicy }> = {
  name: 'verify',
  schema,
};

interface SettingsGiven {
  /** `2026-11-25`, in UTC. */
  readonly today: string;
  readonly system?: PostureSettings['system'] | undefined;
  /** Where the policy stands, for what is to be said about it. */
  readonly policyFile?: string | undefined;
}

/** What a policy comes to, for the checks. */
export function settingsOf(
  verify: VerifyPolicy,
  { today, system = noSystem, policyFile = '' }: SettingsGiven,
): PostureSettings {
  const {
    kubernetes,
    user: { floor, exactly },
    registries,
    writable,
    environment,
  } = verify;
  return {
    version: Number(kubernetes.slice(2)),
    today,
    uidFloor: floor,
    uid: exactly,
    registries,
    writable,
    secretsByEnvironment: environment === 'allowed',
    system,
    ignored: verify.ignore.map((one) => ({ ...one, place: { file: policyFile, line: 1, column: 1 } })),
  };
}

const noSystem: PostureSettings['system'] = { services: {}, flows: [] };

/** What holds without a policy. */
export const defaultVerify: VerifyPolicy = schema.parse({});
