import { basename, dirname } from 'node:path';
import type { NotEvaluated } from '../report.ts';

interface Language {
  readonly name: string;
  readonly pattern: RegExp;
  /** What to scan in its place. */
  readonly instead: string;
}

const languages: readonly Language[] = [
  {
    name: 'Terraform configuration',
    pattern: /\.(tf|tofu)(\.json)?$/i,
    instead: 'terraform plan -out PLAN && terraform show -json PLAN > plan.json',
  },
  { name: 'Bicep', pattern: /\.bicep$/i, instead: 'bicep build FILE' },
];

const languageOf = (file: string): Language | undefined =>
  languages.find(({ pattern }) => pattern.test(basename(file)));

export const isInfrastructureSource = (file: string): boolean => languageOf(file) !== undefined;

/** Names what is a program and no description: what it becomes is for its own tool to say. Once for each folder and language. */
export function nameInfrastructureSources(files: readonly string[]): NotEvaluated[] {
  const groups = Map.groupBy(files.filter(isInfrastructureSource), (file) =>
    JSON.stringify([dirname(file), languageOf(file)?.name]),
  );
  return [...groups.values()].flatMap(([file = '', ...more]) => {
    const { name, instead } = languageOf(file) ?? {};
    const others = more.length === 0 ? '' : ` (and ${more.length} more of its folder)`;
    return { file, reason: `it is ${name}${others}; scan what it becomes: ${instead}`, failed: false };
  });
}
