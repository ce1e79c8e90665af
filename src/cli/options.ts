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

/** For commands that operators use from elsewhere. */
export const serverOptions = (): Option[] => [
  new Option('--server <url>', 'the console port of a server, instead of the data folder'),
  new Option('--key-file <file>', 'a file with your operator key, for --server'),
];
export const breakGlassOption = (): Option =>
  new Option('--break-glass <reason>', 'do it alone, at once, with an alert; a reason the policy names');

/** For an option that may be given several times. */
export const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value];

/** What every command for operators takes. */
export function withOperatorOptions(command: Command): Command {
  command.addOption(dataOption()).addOption(policyOption()).addOption(jsonOption());
  for (const option of serverOptions()) command.addOption(option);
  return command;
}
