import { constants, existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../kernel/index.ts';
import {
  createNoteSigner,
  type LedgerVerification,
  openLedgerKeys,
  openNote,
  parseVerifierKeys,
  verifyLedger,
} from '../record/index.ts';
import {
  backupFiles,
  backupStore,
  type DataPaths,
  dataPaths,
  formatManifest,
  installationFile,
  manifestFile,
  readInstallationFile,
  type Store,
} from '../store/index.ts';
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
    for (const file of [keptPolicyFile(paths.folder), paths.format, join(paths.folder, installationFile)]) {
      if (existsSync(file)) await copyFile(file, join(partial, basename(file)), constants.COPYFILE_FICLONE);
    }
    await writeManifest(target);
    await syncTree(partial);
    await rename(partial, out);
    await syncFolder(dirname(out));
    return { folder: out, bytes: bytesOf(out), entries: size };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (error instanceof Fault) throw error;
    throw new Fault('api.conflict', { detail: `The backup could not be written to ${out}.`, cause: error });
  }
}

/** The list of all files with their digests, signed with the key of the ledger: a changed byte of any of them shows, not only of the ledger. */
async function writeManifest(target: DataPaths): Promise<void> {
  const { folder, ledger, keys } = target;
  const verifierKeys = publishedKeys(ledger);
  const opened = openNote(readFileSync(join(ledger, 'checkpoint')), verifierKeys);
  if (!opened.ok) throw new Fault('api.conflict', { detail: 'The copied ledger has no checkpoint.' });
  const { origin } = opened.head;
  const { signingKey } = openLedgerKeys({ folder: keys, origin, make: false });
  const text = await formatManifest(folder, readInstallationFile(folder) ?? '-', backupFiles(folder));
  const note = createNoteSigner(origin, signingKey).signText(text);
  await writeFile(join(folder, manifestFile), note, { mode: 0o600, flush: true });
}

export function publishedKeys(ledgerFolder: string): string[] {
  const file = join(ledgerFolder, 'verifier-keys');
  return (existsSync(file) ? parseVerifierKeys(readFileSync(file)) : undefined) ?? [];
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

function verifyCopy({ ledger }: DataPaths): Promise<LedgerVerification> {
  return verifyLedger({ folder: ledger, verifierKeys: publishedKeys(ledger) });
}

/** Full tiles and bundles; partial ones, the journal and the checkpoint change. */
function isWhole(path: string): boolean {
  return path.startsWith('tile/') && !path.includes('.p/');
}

async function removeChanging(folder: string): Promise<void> {
  for (const path of filesUnder(folder)) if (!isWhole(path)) await rm(join(folder, path), { force: true });
}

/** Plain files alone: a link could lead anywhere. */
export async function copyTree(
  from: string,
  to: string,
  wanted: (path: string) => boolean = () => true,
): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const path of filesUnder(from)) {
    if (!wanted(path) || path.startsWith('temporary/') || path.endsWith('.new')) continue;
    const target = join(to, path);
    if (isWhole(path) && existsSync(target)) continue;
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await copyFile(join(from, path), target, constants.COPYFILE_FICLONE);
    await chmod(target, 0o600);
  }
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    lstatSync(join(folder, path), { throwIfNoEntry: false })?.isFile(),
  );
}

function ignoreVanished(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

export async function syncTree(folder: string): Promise<void> {
  for (const path of filesUnder(folder)) {
    const file = await open(join(folder, path), 'r');
    await file.sync();
    await file.close();
  }
  const folders = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((item) => item.isDirectory())
    .map((item) => join(item.parentPath, item.name));
  for (const path of [...folders, folder]) await syncFolder(path);
}

export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync();
  await handle.close();
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
