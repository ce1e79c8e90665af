import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isVerifierKey, parseVerifierKeys } from '../record/index.ts';
import type { Terminal } from './context.ts';
import { Exit } from './context.ts';

export const keyOptionText =
  'a verifier key kept elsewhere, or a file of them; default: the keys the folder itself names';

/** Keys as they are, or files that hold one a line; else those the ledger's folder publishes. */
export function readVerifierKeys(given: readonly string[] | undefined, ledgerFolder: string): string[] {
  if (given) return given.flatMap((key) => (existsSync(key) ? keysOf(key) : [key])).map(requireKey);
  const published = join(ledgerFolder, 'verifier-keys');
  if (!existsSync(published)) throw new Exit(2, 'No verifier key is known; name one with --key.');
  return keysOf(published);
}

function requireKey(key: string): string {
  if (isVerifierKey(key)) return key;
  throw new Exit(2, `${JSON.stringify(key)} is neither a verifier key nor a file of verifier keys.`);
}

/** Anything but whole keys is refused: a key that was cut or changed must not look like a ledger that does not verify. */
function keysOf(file: string): string[] {
  const keys = parseVerifierKeys(Buffer.from(readText(file)));
  if (keys) return keys;
  throw new Exit(2, `${file} is no file of verifier keys: one key a line, each once, and nothing else.`);
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
