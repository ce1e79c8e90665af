import { z } from 'zod';
import { apiRoute, streamSchema } from './route.ts';
import { machinePathSchema, timestamp } from './fields.ts';

export const systemState = apiRoute({
  method: 'GET',
  path: '/api/system',
  summary: 'The version, the policy in force, and what is not ready.',
  permission: 'read system',
  input: z.strictObject({}),
  output: z.object({
    version: z.string(),
    policy: z.object({
      file: z.string(),
      digest: z.string(),
      loadedAt: z.iso.datetime(),
      problem: z.string().optional().describe('Why the file as it stands now is not in force.'),
    }),
    ready: z.boolean(),
    problems: z.array(z.object({ part: z.string(), problem: z.string() })),
  }),
  async handle(_input, { services }) {
    const { file, digest, loadedAt, problem } = services.policy();
    const { status, body } = services.readiness();
    const { problems } = JSON.parse(body) as { problems: { part: string; problem: string }[] };
    const policy = { file, digest, loadedAt: timestamp(loadedAt), ...(problem !== undefined && { problem }) };
    return { version: services.version, policy, ready: status === 200, problems };
  },
});

export const backup = apiRoute({
  method: 'POST',
  path: '/api/backup',
  summary: 'Writes a consistent copy of the data folder into a new folder, while the server runs.',
  permission: 'back up system',
  machineFiles: true,
  input: z.strictObject({
    out: machinePathSchema.describe('A folder that does not exist yet; an absolute path.'),
  }),
  output: z.object({ folder: z.string(), bytes: z.int(), entries: z.int() }),
  handle: ({ out }, { services, operator }) => services.backup(out, operator.id),
});

export const downloadBackup = apiRoute({
  method: 'POST',
  path: '/api/backup/download',
  summary:
    'Sends a consistent copy of the data folder as a tar archive, with the keys that sign the ledger. One at a time.',
  permission: 'download backups',
  download: { contentType: 'application/x-tar', fileName: 'surety-backup.tar' },
  input: z.strictObject({}),
  output: streamSchema,
  handle: (_input, { services, operator }) => services.downloads.backup(operator.id),
});
