import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { Fault } from '../../kernel/index.ts';
import type { DataPaths } from './paths.ts';

/** Raised when an older Surety would misread the folder. */
export const formatVersion = 1;

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Written aside and renamed, so that a crash leaves a whole file or none. */
export function writeFormat(paths: DataPaths): void {
  const partial = `${paths.format}.partial`;
  const descriptor = openSync(partial, 'w', 0o600);
  writeSync(descriptor, `${formatVersion}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(partial, paths.format);
  syncFolder(paths.folder);
}

/** The version the folder says, undefined where it says none. */
function readFormat(paths: DataPaths): string | undefined {
  try {
    return readFileSync(paths.format, 'utf8').trim();
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw new Fault('data.unusable', { detail: 'Its format file cannot be read.', cause: thrown });
  }
}

/** What may stand in a folder that holds no data yet: what we put there first, and what mkfs puts on a fresh volume. */
export function holdsNothing(paths: DataPaths): boolean {
  const expected = new Set(
    [paths.lock, `${paths.lock}-journal`, paths.lockOwner, `${paths.format}.partial`].map((path) =>
      basename(path),
    ),
  );
  return readdirSync(paths.folder).every((name) => expected.has(name) || name === 'lost+found');
}

/** Whether the folder is one of ours. Throws where it is not ours, or newer than this version. */
export function checkFormat(paths: DataPaths): 'present' | 'fresh' {
  const version = readFormat(paths);
  if (version === undefined) {
    if (holdsNothing(paths)) return 'fresh';
    throw new Fault('data.unusable', {
      detail: `${paths.folder} holds files and is not a data folder: name a new or an empty one.`,
    });
  }
  if (!/^[1-9]\d{0,5}$/.test(version)) {
    throw new Fault('data.unusable', { detail: 'Its format file is damaged: restore it from a backup.' });
  }
  if (Number(version) > formatVersion) {
    throw new Fault('data.newer', {
      detail: `It has format ${version}; this version knows ${formatVersion}.`,
    });
  }
  return 'present';
}
