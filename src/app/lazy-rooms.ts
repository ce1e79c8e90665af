import type { CommandRooms } from '../cli/index.ts';
import { environment } from '../environment.ts';
import { starterPolicyFile } from './starter-policy.ts';
import { version } from './version.ts';

/** What of the rooms does something, and therefore needs them. */
export type RoomsAtWork = Omit<CommandRooms, 'version' | 'starterPolicy' | 'searchPath'>;

const atWork = async (): Promise<RoomsAtWork> => (await import('./command-rooms.ts')).roomsAtWork;

/** The rooms as commands get them: read when one is asked for something, so that a command that speaks to a server starts at once. */
export const lazyRooms: CommandRooms = {
  version,
  starterPolicy: starterPolicyFile,
  searchPath: environment['PATH'] ?? '',
  startServer: async (options) => (await atWork()).startServer(options),
  openInProcess: async (options) => (await atWork()).openInProcess(options),
  readPolicy: async (file) => (await atWork()).readPolicy(file),
  policySchema: async () => (await atWork()).policySchema(),
  restore: async (options) => (await atWork()).restore(options),
  explainPolicy: async (file) => (await atWork()).explainPolicy(file),
  readVerifyPolicy: async (file) => (await atWork()).readVerifyPolicy(file),
  inspectToken: async (options) => (await atWork()).inspectToken(options),
  readDataSection: async (file) => (await atWork()).readDataSection(file),
};
