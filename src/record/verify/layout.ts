import { tileFiles } from '../engine/pruning.ts';
import type { LedgerReader } from '../files.ts';
import { parseVerifierKeys } from '../tree/note.ts';
import { parseTilePath, type Tile } from '../tree/tiles.ts';
import type { Report } from './report.ts';

const knownNames = new Set([
  'checkpoint',
  'journal/',
  'minimum-index',
  'reserve',
  'temporary/',
  'tile/',
  'verifier-keys',
]);

/** Every file of the folder must be one the ledger writes; gives the tiles and bundles among them. */
export function checkLayout(reader: LedgerReader, verifierKeys: readonly string[], report: Report): Tile[] {
  for (const name of reader.list('')) {
    if (!knownNames.has(name)) report.problem(`${name} does not belong in a ledger.`);
  }
  for (const name of reader.list('journal')) {
    if (!/^\d{8,}$/.test(name)) report.problem(`journal/${name} does not belong in a ledger.`);
  }
  const unfinished = reader.list('temporary').length;
  if (unfinished > 0)
    report.note(`temporary/ holds ${unfinished} unfinished files; the next opening removes them.`);
  if (reader.read('reserve')?.some((byte) => byte !== 0))
    report.problem('The reserve holds something other than zeros.');
  checkVerifierKeys(reader, verifierKeys, report);
  const tiles: Tile[] = [];
  for (const path of tileFiles(reader, 'tile')) {
    const tile = parseTilePath(path);
    if (tile) tiles.push(tile);
    else report.problem(`${path} does not belong in a ledger.`);
  }
  return tiles;
}

/** The published keys are for readers' convenience and prove nothing; but they must be keys, and name one given from outside. */
function checkVerifierKeys(reader: LedgerReader, verifierKeys: readonly string[], report: Report): void {
  const file = reader.read('verifier-keys');
  if (file === undefined) return report.problem('The file verifier-keys is missing.');
  const keys = parseVerifierKeys(file);
  if (!keys) report.problem('The file verifier-keys holds something other than verifier keys.');
  else if (!keys.some((line) => verifierKeys.includes(line)))
    report.problem('The file verifier-keys does not name the key given.');
}
