import type { DockerInstruction } from '../../source/dockerfile.ts';
import type { ShellCommand } from './commands.ts';

interface Installer {
  /** How its commands begin. */
  readonly begins: RegExp;
  /** Where not all of its commands do. */
  readonly only?: (words: readonly string[]) => boolean;
  /** Words with which it leaves out what only development needs; undefined: it was asked for just that. */
  readonly leavesOut?: RegExp;
}

const production = /--omit[= ]dev\b|--production\b|--only[= ]prod|--prod\b|(^| )-P\b|NODE_ENV=production/;
/** Only commands that install all that a project names: with a package behind, they install that. */
const installers: readonly Installer[] = [
  {
    begins: /^(npm (ci|i|install|clean-install)|pnpm (i|install)|yarn( install)?)( -\S+)*$/,
    leavesOut: production,
  },
  { begins: /^composer( -\S+)* install\b/, leavesOut: /--no-dev\b/ },
  { begins: /^poetry( -\S+)* install\b/, leavesOut: /--no-dev\b|--only\b|--without\b/ },
  { begins: /^uv( -\S+)* sync\b/, leavesOut: /--no-dev\b|--no-default-groups\b|--only-group\b|--no-group\b/ },
  { begins: /^pipenv install\b/, only: (words) => words.includes('--dev') || words.includes('-d') },
  {
    begins: /^(python3? -m )?pip3? install\b/,
    only: (words) => words.some((word) => /\b(dev|test)/.test(word) && word.endsWith('.txt')),
  },
];
const pruning = /^(npm|pnpm) prune\b|^yarn (install|workspaces focus)\b.*--production\b|^pnpm\b.*\bdeploy\b/;

/** The installations that leave in the image what only development needs. */
export function developmentDependencies(
  commands: readonly ShellCommand[],
  isProduction: boolean,
): readonly { readonly at: DockerInstruction; readonly command: string }[] {
  const lines = commands.map(({ at, words }) => {
    const all = words.filter((word) => !/^--(mount|network|security)=/.test(word));
    const start = all.findIndex((word) => !/^\w+=/.test(word));
    return { at, all: all.join(' '), command: start < 0 ? '' : all.slice(start).join(' ') };
  });
  const prunedAt = lines.findLastIndex(({ command }) => pruning.test(command));
  return lines.filter(({ all, command }, index) => {
    const installer = installers.find(
      ({ begins, only }) => begins.test(command) && (only?.(command.split(' ')) ?? true),
    );
    if (!installer || /(^| )(-g|--global)\b/.test(command)) return false;
    const isOfNode = installer.leavesOut === production;
    return installer.leavesOut?.test(all) !== true && !(isOfNode && (isProduction || index < prunedAt));
  });
}
