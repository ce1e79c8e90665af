import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { SetPatch } from './patch.ts';
import type { Resource } from '../kubernetes/resource.ts';
import type { Finding, Report } from '../report.ts';
import { standardInput } from '../source/walk.ts';
import { editYaml, type TextPatch } from './edit-yaml.ts';

/** A change that mends a finding and that an ordinary workload does not notice. */
export interface Mend {
  readonly finding: Finding;
  readonly resource: Resource;
  readonly patch: SetPatch;
}

/** What became of a finding that could be mended. */
export interface Mended {
  readonly finding: Finding;
  /** `securityContext.allowPrivilegeEscalation: false`. */
  readonly change: string;
  /** Undefined: it was made. */
  readonly left: string | undefined;
}

/**
 * Makes the safe changes in the files themselves. A file with anything in it that could not be read is not touched, nor one that is not UTF-8. A file is
 * written beside itself and put in its place, so that it is whole at every moment.
 */
export function mendFiles(mends: readonly Mend[], { findings, notEvaluated }: Report): readonly Mended[] {
  const open = new Set(findings);
  const broken = new Set(notEvaluated.flatMap(({ file, failed }) => (failed ? [file] : [])));
  const byFile = Map.groupBy(
    mends.filter(({ finding }) => open.has(finding)),
    ({ finding }) => finding.file,
  );
  return [...byFile].flatMap(([file, own]) =>
    broken.has(file)
      ? own.map((mend) => mendedOf(mend, 'a part of the file could not be read'))
      : mendFile(file, own),
  );
}

function mendFile(file: string, mends: readonly Mend[]): readonly Mended[] {
  const leave = (reason: string): Mended[] => mends.map((mend) => mendedOf(mend, reason));
  if (file === standardInput) return leave('it is standard input');
  const real = realpathSync(file);
  const bytes = readFileSync(real);
  const whole = bytes.toString('utf8');
  if (!Buffer.from(whole).equals(bytes)) return leave('the file is not UTF-8');
  const mark = whole.startsWith('\uFEFF') ? '\uFEFF' : '';
  const patches = new Map<TextPatch, Mend>(
    mends.map((mend) => {
      const { document, path } = mend.resource.place;
      return [{ ...mend.patch, set: [...path, ...mend.patch.set], document }, mend];
    }),
  );
  const { text, applied, left } = editYaml(whole.slice(mark.length), [...patches.keys()]);
  if (applied.length > 0) {
    try {
      replaceFile(real, mark + text, statSync(real).mode);
    } catch {
      return leave('the file cannot be written');
    }
  }
  const reasons = new Map(left.map(({ patch, reason }) => [patch, reason]));
  return [...patches].map(([patch, mend]) => mendedOf(mend, reasons.get(patch)));
}

function replaceFile(file: string, text: string, mode: number): void {
  const beside = `${file}.surety-${process.pid}`;
  try {
    writeFileSync(beside, text, { mode, flag: 'wx' });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

function mendedOf({ finding, patch }: Mend, left: string | undefined): Mended {
  return { finding, change: `${finding.path}: ${String(patch.value)}`, left };
}
