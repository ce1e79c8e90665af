import { Option } from 'commander';

/** Options that most commands share. */
export interface CommonOptions {
  readonly data: string;
  readonly policy?: string;
  readonly json?: boolean;
}

export const dataOption = (): Option => new Option('--data <folder>', 'the data folder').default('data');
export const policyOption = (): Option =>
  new Option('--policy <file>', 'the policy; default: surety.yaml here, else the starter policy');
export const jsonOption = (): Option => new Option('--json', 'answer as JSON, for programs');

/** For an option that may be given several times. */
export const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value];
