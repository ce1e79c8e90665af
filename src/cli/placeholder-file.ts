import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { createPlaceholders, Placeholders } from '../enforce/privacy/index.ts';
import { Exit } from './context.ts';

const fileSchema = z.record(z.string(), z.strictObject({ detector: z.string(), value: z.string() }));
type Known = Parameters<typeof createPlaceholders>[0];

/** What the placeholders of an earlier run stand for. */
export function readPlaceholders(file: string | undefined, { mustExist = false } = {}): Known {
  if (file === undefined) return undefined;
  if (!existsSync(file)) {
    if (mustExist) throw new Exit(2, `There is no file ${file}; surety redact --pseudonymise makes it.`);
    return undefined;
  }
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new Exit(2, `${file} is not a file that surety redact --pseudonymise made.`);
  }
}

/** For its owner alone: it holds the values. */
export function writePlaceholders(file: string | undefined, placeholders: Placeholders): void {
  if (file === undefined) return;
  writeFileSync(file, `${JSON.stringify(placeholders.toRecord(), undefined, 2)}\n`, { mode: 0o600 });
}
