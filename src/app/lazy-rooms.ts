import type { CommandRooms } from '../cli/index.ts';
import { environment } from '../environment.ts';
import { starterPolicyFile } from './starter-policy.ts';
import { version } from './version.ts';

const atWork = async () => (await import('./command-rooms.ts')).roomsAtWork;
const ofPolicy = async () => (await import('./policy-commands.ts')).policyCommands;

/** The rooms as commands get them: read when one is asked for something, so that a command that speaks to a server starts at once. */
export const lazyRooms: CommandRooms = {
  version,
  starterPolicy: starterPolicyFile,
  searchPath: environment['PATH'] ?? '',
  startServer: async (options) => (await atWork()).startServer(options),
  openInProcess: async (options) => (await atWork()).openInProcess(options),
  restore: async (options) => (await atWork()).restore(options),
  adopt: async (dataFolder) => (await atWork()).adopt(dataFolder),
  inspectToken: async (options) => (await atWork()).inspectToken(options),
  readPolicy: async (file) => (await ofPolicy()).readPolicy(file),
  policySchema: async () => (await ofPolicy()).policySchema(),
  explainPolicy: async (file) => (await ofPolicy()).explainPolicy(file),
  readVerifyPolicy: async (file) => (await ofPolicy()).readVerifyPolicy(file),
  readDataSection: async (file) => (await ofPolicy()).readDataSection(file),
};
