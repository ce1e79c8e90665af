import { join } from 'node:path';
import type { Command } from 'commander';
import {
  checkConsistency,
  checkInclusion,
  type ConsistencyProof,
  type Entry,
  type InclusionProof,
  openNote,
} from '../record/index.ts';
import { withAdminApi } from './admin-client.ts';
import { type CommandContext, Exit } from './context.ts';
import { apiCommand, collect, type CommonOptions } from './options.ts';
import { json } from './output.ts';
import { keyOptionText, readText, readVerifierKeys, warnOfOwnKeys } from './verifier-keys.ts';

/*
 * The server gives a proof; the command checks it by itself, with nothing but the verifier key. A server that lies is found out.
 */

interface ProofOptions extends CommonOptions {
  readonly key?: readonly string[];
}

interface ShownEntry {
  readonly index: number;
  readonly signed: boolean;
  readonly entry: Entry;
  readonly proof?: InclusionProof;
}

export function addShow(ledger: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(ledger, 'show')
    .description('one entry, as it was recorded')
    .argument('<id>', 'the id of the entry: the surety-entry header of an answer')
    .option('--proof', 'with the proof that it is in the signed tree, checked')
    .option('--key <key>', keyOptionText, collect)
    .addHelpText(
      'after',
      '\nExample:\n  surety ledger show 0199e2c4-… --proof\n\nExit code 1: there is no such entry, or its proof does not hold.\n',
    )
    .action(async (id: string, options: ProofOptions & { proof?: boolean }) => {
      const shown = await withAdminApi(context, options, (ask) =>
        ask<ShownEntry>('GET', `/api/ledger/entries/${encodeURIComponent(id)}`, {
          proof: options.proof === true,
        }),
      );
      const { entry, proof } = shown;
      const proofVerified = proof && verifyInclusion({ id, entry, proof, keys: keysOf(options) });
      if (options.json) terminal.out(json({ ...shown, proofVerified }));
      else terminal.out(`${JSON.stringify(shown, undefined, 2)}\n`);
      if (proofVerified === undefined) return;
      if (!proofVerified) throw new Exit(1, 'The proof does not hold: this entry is not in the signed tree.');
      terminal.err(
        `proof verified: entry ${proof?.index} of a ledger of ${proof?.treeSize}, under a signed checkpoint.\n`,
      );
      warnOfOwnKeys(options.key, terminal);
    });
}

function verifyInclusion(options: {
  id: string;
  entry: Entry;
  proof: InclusionProof;
  keys: string[];
}): boolean {
  const { id, entry, proof, keys } = options;
  return entry.id === id && checkInclusion({ proof, entry, verifierKeys: keys });
}

export function addCompare(ledger: Command, context: CommandContext): void {
  const { terminal } = context;
  apiCommand(ledger, 'compare')
    .description('prove by a few hashes that a checkpoint kept from earlier is the beginning of the ledger')
    .argument('<checkpoint>', "a copy of the file checkpoint in the ledger's folder")
    .option('--key <key>', keyOptionText, collect)
    .addHelpText(
      'after',
      '\nExample:\n  surety ledger compare last-month.checkpoint --key surety.local/ledger+…\n\nExit code 1: history was rolled back or rewritten since.\n',
    )
    .action(async (file: string, options: ProofOptions) => {
      const earlier = readText(file);
      const verifierKeys = keysOf(options);
      const opened = openNote(earlier, verifierKeys);
      if (!opened.ok) throw new Exit(1, `The checkpoint cannot be trusted: ${opened.problem}.`);
      const first = opened.head.size;
      const proof = await withAdminApi(context, options, async (ask) => {
        const { signedSize } = await ask<{ signedSize: number }>('GET', '/api/ledger');
        if (signedSize < first) return undefined;
        return ask<ConsistencyProof>('GET', '/api/ledger/consistency', { first });
      });
      const consistent = proof !== undefined && checkConsistency({ proof, earlier, verifierKeys });
      if (options.json) terminal.out(json({ ok: consistent, first, second: proof?.second }));
      if (!consistent)
        throw new Exit(
          1,
          options.json ? '' : `The ledger does not begin with the ${first} entries of ${file}.`,
        );
      if (options.json) return;
      terminal.out(
        `consistent: the ${first} entries of ${file} are the beginning of the ledger of ${proof.second}\n`,
      );
      warnOfOwnKeys(options.key, terminal);
    });
}

function keysOf({ key, data, server }: ProofOptions): string[] {
  // The folder here is another ledger's, if any; and a server that lies must not be asked for the key to find it out by.
  if (server !== undefined && !key)
    throw new Exit(2, 'With --server, name the verifier key you keep: --key.');
  return readVerifierKeys(key, join(data, 'ledger'));
}
