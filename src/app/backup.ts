import { constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../kernel/index.ts';
import { type LedgerVerification, verifyLedger } from '../record/index.ts';
import { backupStore, type DataPaths, dataPaths, openDataFolder, type Store } from '../store/index.ts';
import { archiveFolder, keptPolicyFile } from './policy-in-force.ts';

export interface Backup {
  readonly folder: string;
  readonly bytes: number;
  readonly entries: number;
}

/** A ledger under load moves its newest files while they are copied; what was copied is verified, and copied again until it holds. */
const attempts = 10;

/**
 * Copies a data folder while it is in use. The store first, then the ledger: so no change in the copy lacks its entry but those that wait in
 * the outbox, which the copy delivers when it is opened. The lock, the socket and the index are left out; the index is rebuilt. The vault is left out
 * too: what was erased since must not come back with the keys of then (decision 0051). The folder gets its name when all of it is there and the ledger in
 * it verifies.
 */
export async function backupDataFolder(options: {
  paths: DataPaths;
  store: Store;
  out: string;
}): Promise<Backup> {
  const { paths, store, out } = options;
  if (existsSync(out))
    throw new Fault('api.conflict', { detail: `${out} exists already; name a folder that does not.` });
  const partial = join(dirname(out), `.${basename(out)}.partial`);
  await rm(partial, { recursive: true, force: true });
  const target = dataPaths(partial);
  try {
    await mkdir(target.folder, { mode: 0o700 });
    await backupStore(store, target.store);
    const { size } = await copyLedger(paths, target);
    await copyTree(paths.keys, target.keys);
    if (existsSync(archiveFolder(paths.folder)))
      await copyTree(archiveFolder(paths.folder), archiveFolder(partial));
    for (const file of [keptPolicyFile(paths.folder), paths.format]) {
      if (existsSync(file)) await copyFile(file, join(partial, basename(file)));
    }
    await syncTree(partial);
    await rename(partial, out);
    return { folder: out, bytes: bytesOf(out), entries: size };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (error instanceof Fault) throw error;
    throw new Fault('api.conflict', { detail: `The backup could not be written to ${out}.`, cause: error });
  }
}

/**
 * Makes a data folder from a backup, after verifying the ledger in it. The keys of what is kept of persons come from the data folder it replaces, as they are
 * now, so that what was erased since stays erased; without them none of it can be read.
 */
export async function restoreBackup({
  from,
  dataFolder,
  keysFrom,
}: {
  from: string;
  dataFolder: string;
  keysFrom?: string | undefined;
}): Promise<{ entries: number }> {
  const source = dataPaths(from);
  if (!existsSync(source.format) || !existsSync(source.store)) {
    throw new Fault('data.unusable', {
      detail: `${from} is not a backup: it has no ${basename(source.format)} or ${basename(source.store)}.`,
    });
  }
  if (existsSync(dataFolder) && readdirSync(dataFolder).length > 0) {
    throw new Fault('api.conflict', {
      detail: `${dataFolder} is not empty, and nothing is written over; name a new folder.`,
    });
  }
  const verified = await verifyCopy(source);
  if (!verified.ok) {
    throw new Fault('data.unusable', {
      detail: `The ledger in ${from} does not verify: ${verified.problems.slice(0, 3).join(' ')}`,
    });
  }
  const keys = keysFrom === undefined ? undefined : holdKeys(keysFrom);
  try {
    await copyTree(from, dataFolder);
    const { vault } = dataPaths(dataFolder);
    await mkdir(vault, { mode: 0o700 });
    if (keys) await copyTree(keys.folder, vault);
    await syncTree(dataFolder);
  } finally {
    keys?.release();
  }
  return { entries: verified.size };
}

/** The keys in a data folder no server runs on, or in what is left of one. */
function holdKeys(keysFrom: string): { folder: string; release(): void } {
  const isVault = existsSync(join(keysFrom, 'data-keys'));
  const root = isVault ? dirname(keysFrom) : keysFrom;
  const folder = isVault ? keysFrom : dataPaths(keysFrom).vault;
  if (!existsSync(join(folder, 'data-keys')))
    throw new Fault('data.unusable', {
      detail: `${keysFrom} is neither a data folder with keys nor the folder vault of one.`,
    });
  // A server that is running would make and destroy keys while they are copied.
  const isData = existsSync(dataPaths(root).format);
  const held = isData ? openDataFolder({ folder: root, create: false }) : undefined;
  return { folder, release: () => held?.release() };
}

async function copyLedger(paths: DataPaths, target: DataPaths): Promise<LedgerVerification> {
  // What is whole never changes again; with that copied, what is left to copy at once is small.
  await copyTree(paths.ledger, target.ledger, isWhole);
  let verified: LedgerVerification | undefined;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    await removeChanging(target.ledger);
    await copyTree(paths.ledger, target.ledger).catch(ignoreVanished);
    verified = await verifyCopy(target);
    if (verified.ok) return verified;
  }
  throw new Fault('api.conflict', {
    detail: `The copied ledger does not verify: ${verified?.problems.slice(0, 3).join(' ')}`,
  });
}

function verifyCopy(target: DataPaths): Promise<LedgerVerification> {
  const keys = join(target.ledger, 'verifier-keys');
  const verifierKeys = existsSync(keys) ? readFileSync(keys, 'utf8').split('\n').filter(Boolean) : [];
  return verifyLedger({ folder: target.ledger, verifierKeys });
}

/** Full tiles and bundles; partial ones, the journal and the checkpoint change. */
function isWhole(path: string): boolean {
  return path.startsWith('tile/') && !path.includes('.p/');
}

async function removeChanging(folder: string): Promise<void> {
  for (const path of filesUnder(folder)) if (!isWhole(path)) await rm(join(folder, path), { force: true });
}

async function copyTree(
  from: string,
  to: string,
  wanted: (path: string) => boolean = () => true,
): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const path of filesUnder(from)) {
    if (!wanted(path)) continue;
    const target = join(to, path);
    if (isWhole(path) && existsSync(target)) continue;
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await copyFile(join(from, path), target, constants.COPYFILE_FICLONE);
    await chmod(target, 0o600);
  }
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(folder, path), { throwIfNoEntry: false })?.isFile(),
  );
}

function ignoreVanished(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

async function syncTree(folder: string): Promise<void> {
  for (const path of filesUnder(folder)) {
    const file = await open(join(folder, path), 'r');
    await file.sync();
    await file.close();
  }
}

export function bytesOf(folder: string): number {
  return filesUnder(folder).reduce(
    (sum, path) => sum + (statSync(join(folder, path), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

/** Writes lines to a file that must not exist yet, whole or not at all. Gives the number of lines. */
export async function writeNewFile(file: string, lines: AsyncIterable<string>): Promise<number> {
  if (existsSync(file))
    throw new Fault('api.conflict', { detail: `${file} exists already; name a file that does not.` });
  const partial = `${file}.partial`;
  let count = 0;
  try {
    await writeFile(
      partial,
      counted(lines, () => count++),
      { mode: 0o600, flush: true },
    );
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof Fault) throw error;
    throw new Fault('api.conflict', { detail: `${file} could not be written.`, cause: error });
  }
  return count;
}

async function* counted(lines: AsyncIterable<string>, count: () => void): AsyncGenerator<string> {
  for await (const line of lines) {
    count();
    yield line;
  }
}
