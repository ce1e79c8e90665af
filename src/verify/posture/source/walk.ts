import { type Dirent, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { NotEvaluated } from '../report.ts';

/** A manifest of a whole large cluster is some ten megabytes; more is a dump of something else. */
export const largestFileBytes = 32 * 1024 * 1024;
export const tooLarge = `larger than ${largestFileBytes / 1024 / 1024} MiB`;
const mostFiles = 100_000;
/** Folders that hold nothing that is deployed as it lies there. */
const passedOver = new Set(['.git', '.hg', '.svn', 'node_modules', '.terraform']);

/** Stands for standard input among the paths, as elsewhere. */
export const standardInput = '-';

export interface FoundFile {
  readonly file: string;
  /** It was named, or is wanted by its name; others are only searched. */
  readonly isWanted: boolean;
}

export interface Walk {
  /** The wanted ones first, in the order of their names, each once, whatever links lead to it. */
  readonly files: readonly FoundFile[];
  readonly notEvaluated: readonly NotEvaluated[];
}

export interface Wanted {
  /** Of what stands in a folder: by its name. */
  isWanted(name: string): boolean;
  /** Up to how many bytes other files are taken too. */
  readonly othersUpTo: number;
}

/**
 * The files below the paths. A file that is named is always wanted. Links are followed, each file and folder once, so that a loop of links
 * ends.
 */
export function findFiles(paths: readonly string[], { isWanted, othersUpTo }: Wanted): Walk {
  const files: FoundFile[] = [];
  /** By where they really are: another link to one may be wanted. */
  const others = new Map<string, FoundFile>();
  const notEvaluated: NotEvaluated[] = [];
  const seen = new Set<string>();
  const refuse = (file: string, reason: string): void => {
    notEvaluated.push({ file, reason, failed: true });
  };

  const take = (file: string, bytes: number): void => {
    if (bytes > largestFileBytes) refuse(file, tooLarge);
    else if (files.length >= mostFiles) refuse(file, `more than ${mostFiles} files`);
    else files.push({ file, isWanted: true });
  };
  const takeOther = (file: string, real: string, bytes: number): void => {
    if (bytes > othersUpTo || others.has(real)) return;
    if (others.size >= mostFiles) refuse(file, `more than ${mostFiles} other files`);
    else others.set(real, { file, isWanted: false });
  };

  const visit = (path: string, wanted: boolean): void => {
    try {
      const real = realpathSync(path);
      const found = statSync(path);
      if (seen.has(real)) return;
      if (found.isFile() && !wanted) return takeOther(path, real, found.size);
      seen.add(real);
      others.delete(real);
      if (found.isDirectory()) visitFolder(path);
      else if (found.isFile()) take(path, found.size);
      else if (wanted) refuse(path, 'neither a file nor a folder');
    } catch (error) {
      if (wanted || !isDanglingLink(path)) refuse(path, describeFault(error));
    }
  };

  const visitFolder = (folder: string): void => {
    const entries: Dirent[] = readdirSync(folder, { withFileTypes: true });
    for (const { name } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!passedOver.has(name)) visit(join(folder, name), isWanted(name));
    }
  };

  for (const path of paths) {
    if (path === standardInput) files.push({ file: path, isWanted: true });
    else visit(path, true);
  }
  return { files: [...files, ...others.values()], notEvaluated };
}

function isDanglingLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/** Why a file cannot be read, in words. */
export function describeFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'it may not be read';
  if (code === 'ELOOP') return 'its links lead in a circle';
  return `it cannot be read (${typeof code === 'string' ? code : 'unknown'})`;
}
