import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Terminal } from './context.ts';
import { Exit } from './context.ts';

export const keyOptionText =
  'a verifier key kept elsewhere, or a file of them; default: the keys the folder itself names';

/** Keys as they are, or files that hold one a line; else those the ledger's folder publishes. */
export function readVerifierKeys(given: readonly string[] | undefined, ledgerFolder: string): string[] {
  if (given) return given.flatMap((key) => (existsSync(key) ? lines(readText(key)) : [key]));
  const published = join(ledgerFolder, 'verifier-keys');
  if (!existsSync(published)) throw new Exit(2, 'No verifier key is known; name one with --key.');
  return lines(readText(published));
}

/** Whoever can rewrite a ledger can write the keys beside it, too. */
export function warnOfOwnKeys(given: readonly string[] | undefined, terminal: Terminal): void {
  if (given) return;
  terminal.err(
    'Checked with the keys the folder itself names. Keep a key elsewhere (surety ledger key) and name it with --key.\n',
  );
}

export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Exit(2, `${file} cannot be read.`);
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
