import type { IgnoredFinding } from '../checks/check.ts';
import type { Finding } from '../report.ts';
import type { Resource } from '../kubernetes/resource.ts';
import { parseStatement, type Statement } from './statement.ts';

/** A statement where it was made, and what it is about. */
export interface Suppression extends Statement {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  covers(finding: Finding): boolean;
}

export interface MalformedSuppression {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly problem: string;
}

export interface Suppressions {
  readonly statements: readonly Suppression[];
  readonly malformed: readonly MalformedSuppression[];
}

/** Of the policy (`verify.ignore`). */
export function readIgnored(ignored: readonly IgnoredFinding[]): Suppression[] {
  return ignored.map(({ check, until, reason, file, kind, name, container, place }) => ({
    check,
    until,
    reason,
    ...place,
    covers: (finding) =>
      finding.check === check &&
      (file === undefined || finding.file.endsWith(file)) &&
      (kind === undefined || finding.kind === kind) &&
      (name === undefined || finding.name === name) &&
      (container === undefined || finding.container === container),
  }));
}

const annotation = 'surety.dev/ignore';

/** Of annotations, on the resource or its Pod: `surety.dev/ignore: P06 until 2027-01-31: why`, several on lines of their own; `surety.dev/ignore.app` for the container app. */
export function readAnnotations(resource: Resource): Suppressions {
  const metadata = [resource.field.at('metadata'), ...(resource.pod ? [resource.pod.metadata] : [])];
  const statements: Suppression[] = [];
  const malformed: MalformedSuppression[] = [];
  const seen = new Set<string>();
  for (const [name, { text = '', path }] of metadata.flatMap((one) => one.at('annotations').members())) {
    // Of a bare Pod both are the same.
    if (!isOurs(name) || seen.has(JSON.stringify(path))) continue;
    seen.add(JSON.stringify(path));
    const container = name === annotation ? undefined : name.slice(annotation.length + 1);
    const place = { file: resource.file, ...resource.locate(path) };
    const covers = (finding: Finding): boolean =>
      (resource.renderedFrom?.has(finding.file) ?? finding.file === resource.file) &&
      finding.kind === resource.kind &&
      finding.namespace === resource.namespace &&
      finding.name === resource.name &&
      (container === undefined || finding.container === container);
    for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
      const parsed = parseStatement(line);
      if ('problem' in parsed) malformed.push({ ...place, problem: parsed.problem });
      else
        statements.push({
          ...parsed,
          ...place,
          covers: (finding) => finding.check === parsed.check && covers(finding),
        });
    }
  }
  return { statements, malformed };
}

const isOurs = (name: string): boolean => name === annotation || name.startsWith(`${annotation}.`);

const comment = /^(.*?)(?:#|\/\/)\s*surety:\s*ignore\s+(.*)$/;

/** Of comments, `# surety: ignore P06 until 2027-01-31: why`: for what is found in its line or, where it stands alone, in the next. */
export function readComments(file: string, text: string): Suppressions {
  const statements: Suppression[] = [];
  const malformed: MalformedSuppression[] = [];
  if (!text.includes('surety:')) return { statements, malformed };
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const [, before, said] = comment.exec(line) ?? [];
    if (before === undefined || said === undefined) continue;
    const place = { file, line: index + 1, column: before.length + 1 };
    const parsed = parseStatement(said);
    if ('problem' in parsed) {
      malformed.push({ ...place, problem: parsed.problem });
      continue;
    }
    const about = before.trim() === '' ? nextLine(lines, index) : index + 1;
    statements.push({
      ...parsed,
      ...place,
      covers: (finding) => finding.check === parsed.check && finding.file === file && finding.line === about,
    });
  }
  return { statements, malformed };
}

/** The first line behind that is neither empty nor a comment; from 1. */
function nextLine(lines: readonly string[], index: number): number {
  let next = index + 1;
  while (next < lines.length && /^\s*(#.*|\/\/.*)?$/.test(lines[next] ?? '')) next += 1;
  return next + 1;
}
