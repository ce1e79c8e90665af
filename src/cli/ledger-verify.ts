import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { verifyExport, verifyLedger } from '../record/index.ts';
import { type CommandContext, Exit } from './context.ts';
import { collect, type CommonOptions, dataOption, jsonOption } from './options.ts';
import { json, styler } from './output.ts';
import { createProgress } from './progress.ts';
import { keyOptionText, readText, readVerifierKeys, warnOfOwnKeys } from './verifier-keys.ts';

interface VerifyOptions extends CommonOptions {
  readonly folder?: string;
  readonly key?: readonly string[];
  readonly checkpoint?: string;
  readonly export?: string;
}

/** Offline by design: files and a verifier key are enough, no server is asked and no lock is taken. */
export function addVerify(ledger: Command, context: CommandContext): void {
  ledger
    .command('verify')
    .description('check every byte of the ledger from its files and its verifier key alone')
    .option('--folder <folder>', "the ledger's folder; default: ledger in the data folder")
    .option('--key <key>', keyOptionText, collect)
    .option(
      '--checkpoint <file>',
      'a checkpoint kept from earlier: shows whether history was rolled back or rewritten since',
    )
    .option('--export <file>', 'verify an exported range instead')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  surety ledger verify\n  surety ledger verify --folder /mnt/copy/ledger --key surety.local/ledger+… --checkpoint last-month.checkpoint\n\nExit code 1: it does not verify. 2: it verifies, but the earlier checkpoint is older than what was pruned and cannot be checked any more.\n',
    )
    .action(async (options: VerifyOptions) => {
      if (options.export !== undefined) return verifyExported(context, options, options.export);
      await verifyFolder(context, options);
    });
}

const prunedText =
  'The ledger verifies. The earlier checkpoint cannot be checked any more: the hashes it covers were pruned by an earlier version. Compare with a checkpoint taken after the pruning.';

async function verifyFolder({ terminal }: CommandContext, options: VerifyOptions): Promise<void> {
  const folder = options.folder ?? join(options.data, 'ledger');
  if (!existsSync(folder))
    throw new Exit(2, `There is no ledger in ${folder}; name its folder with --folder or --data.`);
  const verifierKeys = readVerifierKeys(options.key, folder);
  const progress = createProgress(terminal);
  const result = await verifyLedger({
    folder,
    verifierKeys,
    ...(options.checkpoint !== undefined && { checkpoint: readText(options.checkpoint) }),
    onProgress: progress.show,
  });
  progress.end();
  const { ok, size, rootHash, problems, signedSize, unsigned, earlier } = result;
  if (options.json)
    terminal.out(json({ ok, size, rootHash, problems, signedSize, unsigned, earlier, notes: result.notes }));
  else {
    const style = styler(terminal);
    for (const note of result.notes) terminal.err(`note: ${note}\n`);
    for (const problem of problems) terminal.out(`${style('red', 'problem')} ${problem}\n`);
    const covered = unsigned > 0 ? `, ${unsigned} of them not signed yet` : '';
    if (ok) terminal.out(`${style('green', 'verified')}: ${size} entries${covered}, root ${rootHash}\n`);
    if (ok) warnOfOwnKeys(options.key, terminal);
  }
  if (ok && earlier === 'pruned') throw new Exit(2, options.json ? '' : prunedText);
  if (!ok)
    throw new Exit(
      1,
      options.json
        ? ''
        : `The ledger does not verify: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}.`,
    );
}

async function verifyExported(
  { terminal }: CommandContext,
  options: VerifyOptions,
  file: string,
): Promise<void> {
  const verifierKeys = readVerifierKeys(options.key, join(options.data, 'ledger'));
  if (!existsSync(file)) throw new Exit(2, `There is no file ${file}.`);
  const result = await verifyExport(createInterface({ input: createReadStream(file) }), verifierKeys);
  if (options.json) terminal.out(json(result));
  else if (result.ok)
    terminal.out(
      `verified: entries ${result.begin} to ${result.end - 1} of a ledger of ${result.treeSize}\n`,
    );
  if (!result.ok)
    throw new Exit(1, options.json ? '' : `The export does not verify. ${result.problems.join(' ')}`);
}
