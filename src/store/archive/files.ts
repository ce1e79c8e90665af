import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../kernel/index.ts';

/** Every file a backup may hold. Nothing else of a data folder is in one, and nothing else is taken from one: above all no vault. */
const backupNames: readonly RegExp[] = [
  /^(?:format|installation|manifest|policy\.yaml|store\.db)$/,
  /^keys\/(?:ledger-\d{1,9}\.pem|pseudonyms\.key|installation)$/,
  /^policies\/[0-9a-f]{64}\.yaml$/,
  /^ledger\/(?:checkpoint|verifier-keys|minimum-index|reserve)$/,
  /^ledger\/journal\/\d{8,10}$/,
  /^ledger\/tile\/(?:entries|\d{1,2})\/(?:x\d{3}\/){0,5}\d{3}(?:\.p\/\d{1,3})?$/,
];

export function isBackupFile(name: string): boolean {
  return backupNames.some((pattern) => pattern.test(name));
}

/** The files under a folder that is a backup. Throws Fault `data.unusable` where it holds anything else, links too. */
export function backupFiles(folder: string): string[] {
  const names: string[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const stats = lstatSync(join(folder, name));
    if (stats.isDirectory()) continue;
    if (!stats.isFile() || !isBackupFile(name))
      throw new Fault('data.unusable', {
        detail: `${folder} holds ${JSON.stringify(name)}, which is no file of a backup. Nothing was restored.`,
      });
    names.push(name);
  }
  return names.sort();
}
