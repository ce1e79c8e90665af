import type { DockerInstruction } from '../../source/dockerfile.ts';
import type { ShellCommand } from './commands.ts';

const managers = new Set(['apt', 'apt-get', 'apk', 'dnf', 'yum', 'microdnf', 'tdnf', 'zypper']);
const installing = new Set(['install', 'add', 'in', 'groupinstall']);
const removing = new Set(['remove', 'purge', 'del', 'erase', 'autoremove']);
/** Compilers and what drives them, by their names in the distributions; a version may stand behind. */
const buildTool =
  /^(build-essential|build-base|base-devel|alpine-sdk|@?development-tools|devscripts|gcc|g\+\+|gcc-c\+\+|clang|llvm|make|gmake|cmake|ninja-build|autoconf|automake|golang(-go)?|go|rust|rustc|cargo|(default|openjdk-?\d*)-jdk(-headless)?|java-[\d.]+-openjdk-devel|maven|gradle|dotnet-sdk-[\d.]+)(-\d+(\.\d+)*)?$/;

export interface InstalledTool {
  readonly at: DockerInstruction;
  readonly name: string;
}

/** Build tools that are installed and not taken out again. */
export function buildToolsLeft(commands: readonly ShellCommand[]): readonly InstalledTool[] {
  let left: (InstalledTool & { readonly group: string | undefined })[] = [];
  for (const { at, words } of commands) {
    const start = words.findIndex((word) => managers.has(word));
    if (start < 0) continue;
    const rest = words.slice(start + 1);
    if (rest.some((word) => installing.has(word))) {
      const group = groupOf(rest);
      const tools = rest.map(bareName).filter((name) => buildTool.test(name));
      left.push(...tools.map((name) => ({ at, name, group })));
    } else if (rest.some((word) => removing.has(word))) {
      const gone = new Set(rest.map(bareName));
      // Of a variable nobody knows what it takes out; whoever writes one means what was put in before.
      left = rest.some((word) => word.includes('$'))
        ? []
        : left.filter(({ name, group }) => !gone.has(name) && !gone.has(group ?? ''));
    }
  }
  return left;
}

/** `apk add --virtual NAME`: what is taken out together again. */
function groupOf(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === '--virtual' || word === '-t');
  const joined = words.find((word) => word.startsWith('--virtual='));
  return at >= 0 ? words[at + 1] : joined?.slice('--virtual='.length);
}

/** Without a version: `gcc=4:12.2.0`, `gcc~13`, `cmake>3`. */
const bareName = (word: string): string => word.replace(/[=~<>].*$/, '');
