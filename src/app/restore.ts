import {
  constants,
  createReadStream,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from 'node:fs';
import { chmod, copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hash } from 'node:crypto';
import { Fault } from '../kernel/index.ts';
import { createNoteSigner, openLedgerKeys, openNote, openSignedText, verifyLedger } from '../record/index.ts';
import { openKeyFile } from '../secrets/index.ts';
import {
  backupFiles,
  checkFiles,
  checkFormat,
  checkStoreFile,
  dataPaths,
  type DataPaths,
  manifestFile,
  openDataFolder,
  parseManifest,
  readArchive,
} from '../store/index.ts';
import { copyTree, publishedKeys, syncFolder, syncTree } from './backup.ts';
import { archiveFolder, keptPolicyFile } from './policy-in-force.ts';
import { policyFormat } from './policy-format.ts';

export interface RestoreOptions {
  /** A backup: the folder, or the archive a server sent. */
  readonly from: string;
  readonly dataFolder: string;
  /** The data folder that is replaced, or its folder `vault`. */
  readonly keysFrom?: string | undefined;
  /** Verifier keys kept elsewhere; without them the backup vouches for itself. */
  readonly verifierKeys?: readonly string[] | undefined;
  /** Takes a backup of an earlier version, which has no manifest. */
  readonly withoutManifest?: boolean;
  /** Opens what was restored, under a name aside, and closes it: the last check. */
  readonly open?: (folder: string, entries: number) => Promise<void>;
}

function refuse(detail: string, cause?: unknown): never {
  throw new Fault('data.unusable', { detail, cause });
}

/**
 * Makes a data folder from a backup. All of it is copied under a name aside, and the copy is checked: the manifest over every file, the ledger, the
 * store, keys and policies; then it is opened once. Only then does it get its name, in one step: whatever happens before leaves nothing of that name.
 * The keys of what is kept of persons come from the data folder it replaces, as they are now, so that what was erased since stays erased; without
 * them none of it can be read.
 */
export async function restoreBackup(options: RestoreOptions): Promise<{ entries: number }> {
  const { from, dataFolder, keysFrom, open } = options;
  requireFree(dataFolder);
  const partial = join(dirname(dataFolder), `.${basename(dataFolder)}.restoring`);
  await rm(partial, { recursive: true, force: true });
  const keys = keysFrom === undefined ? undefined : holdKeys(keysFrom);
  try {
    await takeBackup(from, partial);
    const paths = dataPaths(partial);
    const entries = await checkBackup(paths, options);
    await rm(join(partial, manifestFile), { force: true });
    await mkdir(paths.vault, { mode: 0o700 });
    if (keys) await copyVault(keys.folder, paths.vault);
    await open?.(partial, entries);
    await syncTree(partial);
    await rename(partial, dataFolder);
    await syncFolder(dirname(dataFolder));
    return { entries };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (error instanceof Error && 'code' in error && (error.code === 'EBUSY' || error.code === 'EXDEV'))
      refuse(`${dataFolder} is a mount point, which cannot be made in one step: name a folder in it.`, error);
    throw error;
  } finally {
    keys?.release();
  }
}

function requireFree(dataFolder: string): void {
  const present = lstatSync(dataFolder, { throwIfNoEntry: false });
  if (!present) return;
  if (!present.isDirectory() || readdirSync(dataFolder).length > 0)
    throw new Fault('api.conflict', {
      detail: `${dataFolder} is not empty, and nothing is written over; name a new folder.`,
    });
}

async function takeBackup(from: string, partial: string): Promise<void> {
  const stats = lstatSync(from, { throwIfNoEntry: false });
  if (stats?.isFile()) {
    await readArchive(createReadStream(from), partial);
    return;
  }
  const folder = stats && realpathSync(from);
  if (!folder || !existsSync(join(folder, 'format')) || !existsSync(join(folder, 'store.db')))
    refuse(`${from} is not a backup: it has no format or store.db.`);
  if (existsSync(join(folder, 'vault')))
    refuse(
      `${from} holds a folder vault, so it is a copy of a data folder and no backup: keys that were destroyed since would come back with it.`,
    );
  await mkdir(partial, { mode: 0o700 });
  for (const name of backupFiles(folder)) {
    const target = join(partial, name);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await copyFile(join(folder, name), target, constants.COPYFILE_FICLONE);
    await chmod(target, 0o600);
  }
  // What was a link a moment later was copied through.
  backupFiles(folder);
}

/** Everything but the vault. Gives the number of entries. */
async function checkBackup(paths: DataPaths, options: RestoreOptions): Promise<number> {
  const names = backupFiles(paths.folder);
  checkFormat(paths);
  const verifierKeys = options.verifierKeys ?? publishedKeys(paths.ledger);
  const verified = await verifyLedger({ folder: paths.ledger, verifierKeys });
  if (!verified.ok)
    refuse(`The ledger in ${options.from} does not verify: ${verified.problems.slice(0, 3).join(' ')}`);
  await checkManifest(paths, names, { ...options, verifierKeys });
  checkStoreFile(paths.store);
  checkKeys(paths, verifierKeys);
  checkPolicies(paths, names);
  return verified.size;
}

async function checkManifest(
  paths: DataPaths,
  names: readonly string[],
  {
    verifierKeys,
    withoutManifest,
  }: Pick<RestoreOptions, 'withoutManifest'> & { verifierKeys: readonly string[] },
): Promise<void> {
  const file = join(paths.folder, manifestFile);
  if (!existsSync(file)) {
    if (withoutManifest) return;
    refuse(
      'The backup has no manifest: an earlier version made it, or somebody took it away. A changed byte outside the ledger would not show. To take it all the same: --without-manifest.',
    );
  }
  const opened = openSignedText(readFileSync(file), verifierKeys);
  const manifest = opened && parseManifest(opened.text);
  if (!manifest) refuse('The manifest of the backup is damaged, or not signed with the key of the ledger.');
  await checkFiles(paths.folder, manifest, names);
}

/** The signing key is that of the ledger, and the key of the pseudonyms is one. */
function checkKeys({ keys, ledger }: DataPaths, verifierKeys: readonly string[]): void {
  const opened = openNote(readFileSync(join(ledger, 'checkpoint')), verifierKeys);
  if (!opened.ok) refuse(`The checkpoint cannot be trusted: ${opened.problem}.`);
  const { signingKey, verifierKeys: held } = readKeys(keys, opened.head.origin);
  if (!held.includes(opened.verifierKey))
    refuse('The keys in the backup are not those its ledger was signed with.');
  if (!publishedKeys(ledger).includes(createNoteSigner(opened.head.origin, signingKey).verifierKey))
    refuse('The signing key in the backup is not one its ledger names.');
  const pseudonyms = join(keys, 'pseudonyms.key');
  if (!existsSync(pseudonyms)) refuse('keys/pseudonyms.key is missing in the backup.');
  openKeyFile(pseudonyms, { create: false });
}

function readKeys(folder: string, origin: string) {
  try {
    return openLedgerKeys({ folder, origin, make: false });
  } catch (error) {
    if (error instanceof Fault) throw error;
    return refuse('A signing key in the backup is damaged.', error);
  }
}

/** Each text stands under its digest. The policy last in force must be one this version can read. */
function checkPolicies({ folder }: DataPaths, names: readonly string[]): void {
  for (const name of names.filter((one) => one.startsWith('policies/'))) {
    const digest = basename(name, '.yaml');
    const reading = policyFormat.read(
      readFileSync(join(archiveFolder(folder), basename(name)), 'utf8'),
      digest,
    );
    // One that an earlier version took and this one does not is kept as it is; replay names it.
    if (reading.ok && reading.digest !== digest) refuse(`${name} is not the policy of its name.`);
  }
  const kept = keptPolicyFile(folder);
  if (!existsSync(kept)) return;
  if (!policyFormat.read(readFileSync(kept, 'utf8'), hash('sha256', kept)).ok)
    refuse('policy.yaml in the backup is damaged, or of a version this one cannot read.');
}

const vaultFile = /^(?:data-keys|names\.key|master-[1-9]\d{0,8}\.key|installation)$/;

/** Plain files of a vault, and nothing else. */
async function copyVault(folder: string, vault: string): Promise<void> {
  const items = readdirSync(folder, { withFileTypes: true });
  const strange = items.find(
    (item) => !item.isFile() || !(vaultFile.test(item.name) || item.name.endsWith('.new')),
  );
  if (strange && strange.name !== 'lost+found')
    refuse(`${folder} holds ${JSON.stringify(strange.name)}, which is no file of a vault.`);
  await copyTree(folder, vault, (path) => vaultFile.test(path));
}

/** The keys in a data folder no server runs on, or in what is left of one; whatever links lead to it. */
function holdKeys(keysFrom: string): { folder: string; release(): void } {
  const given = existsSync(keysFrom) ? realpathSync(keysFrom) : keysFrom;
  const isVault = existsSync(join(given, 'data-keys'));
  const named = isVault ? given : dataPaths(given).vault;
  if (!existsSync(join(named, 'data-keys')))
    refuse(`${keysFrom} is neither a data folder with keys nor the folder vault of one.`);
  const folder = realpathSync(named);
  // A server that is running would make and destroy keys while they are copied.
  const roots = new Set([dirname(folder), ...(isVault ? [] : [given])]);
  const held = [...roots]
    .filter((root) => existsSync(dataPaths(root).format))
    .map((root) => openDataFolder({ folder: root, create: false }));
  return {
    folder,
    release() {
      for (const one of held) one.release();
    },
  };
}
