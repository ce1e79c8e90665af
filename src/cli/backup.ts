import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { backupFiles, checkFiles, manifestFile, parseManifest, readArchive } from '../store/index.ts';
import { type Download, withAdminApi } from './admin-client.ts';
import { type CommandContext, Exit } from './context.ts';
import { apiCommand, collect, type CommonOptions, dataOption, jsonOption } from './options.ts';
import { json } from './output.ts';
import { keyOptionText, readVerifierKeys } from './verifier-keys.ts';

interface Backup {
  readonly folder: string;
  readonly bytes: number;
  readonly entries?: number;
}

/** From a server elsewhere. The folder gets its name when all of it has come; what it holds is verified when it is restored. */
async function fetchBackup(download: Download, out: string): Promise<Backup> {
  if (existsSync(out)) throw new Exit(2, `${out} exists already; name a folder that does not.`);
  const partial = join(dirname(out), `.${basename(out)}.partial`);
  rmSync(partial, { recursive: true, force: true });
  try {
    const bytes = await readArchive(await download('/api/backup/download', {}), partial);
    await requireWhole(partial);
    renameSync(partial, out);
    return { folder: out, bytes };
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

/** Every file as the manifest lists it. Whose signature the manifest has is looked at when the backup is restored. */
async function requireWhole(folder: string): Promise<void> {
  const file = join(folder, manifestFile);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const manifest = parseManifest(text.slice(0, text.lastIndexOf('\n\n') + 1));
  if (!manifest) throw new Exit(2, 'What came is no backup: it has no manifest.');
  await checkFiles(folder, manifest, backupFiles(folder));
}

export function addBackup(program: Command, context: CommandContext): void {
  const { rooms, terminal } = context;
  apiCommand(program, 'backup')
    .description('write a consistent copy of the data folder, also while a server runs')
    .requiredOption('--out <folder>', 'a folder that does not exist yet')
    .addHelpText(
      'after',
      "\nExamples:\n  surety backup --out /backups/2026-01-31\n  surety backup --out /backups/2026-01-31 --server https://console.example.com --key-file ops.key\n\nA backup holds the ledger's signing key and the keys' hashes: keep it as you keep the data folder.\nIt does not hold the keys of what is kept of persons (the folder vault): an erasure would come back with them.\n",
    )
    .action(async (options: CommonOptions & { out: string }) => {
      const made = await withAdminApi(context, options, (ask, download) =>
        options.server === undefined
          ? ask<Backup>('POST', '/api/backup', { out: resolve(options.out) })
          : fetchBackup(download, resolve(options.out)),
      );
      const holds = made.entries === undefined ? '' : `${made.entries} entries, `;
      terminal.out(options.json ? json(made) : `${made.folder} holds ${holds}${made.bytes} bytes.\n`);
    });
  program
    .command('restore')
    .description('make a data folder from a backup, after verifying the ledger in it')
    .requiredOption('--from <backup>', 'the backup: its folder, or an archive of it')
    .option('--key <key>', keyOptionText, collect)
    .option('--without-manifest', 'take a backup of an earlier version, which lists no digests of its files')
    .option(
      '--keys-from <folder>',
      'the data folder that is replaced, or its folder vault: the keys of what is kept of persons, as they are now',
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  surety restore --from /backups/2026-01-31 --data data-new --keys-from data\n\nWithout --keys-from captured content, words in cases and meanings of pseudonyms cannot be read any more. The keys are copied: destroy the\nfolder they came from when the new one serves, since an erasure does not reach it.\n',
    )
    .action(async (options: RestoreOptions) => {
      const { from, data, keysFrom, key } = options;
      const made = await rooms.restore({
        from: resolve(from),
        dataFolder: resolve(data),
        keysFrom: keysFrom === undefined ? undefined : resolve(keysFrom),
        verifierKeys: key && readVerifierKeys(key, resolve(from)),
        withoutManifest: options.withoutManifest === true,
      });
      terminal.out(
        options.json ? json(made) : `${made.folder} is restored: ${made.entries} entries, verified.\n`,
      );
      if (!key)
        terminal.err(
          'Checked with the keys in the backup itself: it vouches only for itself. Keep a key elsewhere (surety ledger key) and name it with --key.\n',
        );
    });
  addAdopt(program, context);
}

interface RestoreOptions extends CommonOptions {
  readonly from: string;
  readonly keysFrom?: string;
  readonly key?: readonly string[];
  readonly withoutManifest?: boolean;
}

function addAdopt(program: Command, { rooms, terminal }: CommandContext): void {
  program
    .command('adopt')
    .description('go on with a data folder whose parts do not belong together (data.mismatch), as it is')
    .addOption(dataOption())
    .addHelpText(
      'after',
      '\nExample:\n  surety adopt --data /var/lib/surety\n\nWhat a missing or older part knew is lost: revocations, operators, which pseudonym stands for whom. Restore a backup instead, if there is\none. The ledger records what was adopted (system.adopted).\n',
    )
    .action(async ({ data }: { data: string }) => {
      await rooms.adopt(resolve(data));
      terminal.out(
        `${data} is one installation again. What was missing was made anew; check keys and revocations.\n`,
      );
    });
}
