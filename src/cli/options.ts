import { type Command, Option } from 'commander';

/** Options that most commands share. */
export interface CommonOptions {
  readonly data: string;
  readonly policy?: string;
  readonly json?: boolean;
  readonly server?: string;
  readonly keyFile?: string;
}

export const dataOption = (): Option => new Option('--data <folder>', 'the data folder').default('data');
export const policyOption = (): Option =>
  new Option('--policy <file>', 'the policy; default: surety.yaml here, else the starter policy');
export const jsonOption = (): Option => new Option('--json', 'answer as JSON, for programs');

/** Under which the help lists what every such command takes. */
export const commonGroup = 'Where to ask, and how to answer:';

/**
 * A command that answers through the admin API: of the server on a data folder, of a server elsewhere as an operator, or without a server. Every
 * such command is made here, so that none can be asked in fewer ways than another.
 */
export function apiCommand(parent: Command, name: string): Command {
  const common = [
    dataOption(),
    policyOption(),
    new Option('--server <url>', 'the console port of a server, instead of the data folder'),
    new Option('--key-file <file>', 'a file with your operator key, for --server'),
    jsonOption(),
  ];
  const command = parent.command(name);
  for (const option of common) command.addOption(option.helpGroup(commonGroup));
  return command;
}

export const breakGlassOption = (): Option =>
  new Option('--break-glass <reason>', 'do it alone, at once, with an alert; a reason the policy names');

/** For an option that may be given several times. */
export const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value];
