/**
 * The command line: `surety`, a file a command.
 *
 * Guarantees: exit codes 0 done, 1 the answer is no, 2 it could not run; answers on standard output, everything else on standard
 * error; a key is printed by the command that made it and by no other. Threat: scripts that take a failure for an answer.
 * Does not: decide anything. Commands ask the admin API, through a running server's socket or in process, or read files.
 */
export type {
  AdminApi,
  CommandContext,
  CommandRooms,
  Explanation,
  PolicyVerdict,
  StartedServer,
  StartOptions,
  TokenInspectionView,
  Terminal,
} from './context.ts';
export { Exit } from './context.ts';
export { runCommand } from './program.ts';
