import type { Check, Found, PostureSettings } from './checks/check.ts';
import { formatPath } from './field.ts';
import type { Resource } from './kubernetes/resource.ts';
import type { Mend } from './mend/mend-files.ts';
import { operationsOf } from './mend/operations.ts';
import type { Evaluated, Finding, NotEvaluated } from './report.ts';
import type { Position } from './source/yaml.ts';
import type { Subject } from './subject.ts';
import type { MalformedSuppression, Suppression, Suppressions } from './suppress/sources.ts';

/** What a scan comes to, file by file. */
export interface Gathered {
  readonly resources: Resource[];
  readonly evaluated: Evaluated[];
  readonly findings: Finding[];
  readonly notEvaluated: NotEvaluated[];
  readonly statements: Suppression[];
  readonly malformed: MalformedSuppression[];
  readonly mends: Mend[];
}

/** A file as text, and what its scan needs. */
export interface ScannedFile {
  readonly file: string;
  readonly text: string;
  readonly settings: PostureSettings;
  readonly gathered: Gathered;
}

/** Names what should have been evaluated and could not be. */
export function fail({ file, gathered }: ScannedFile, reason: string, place?: Position): void {
  gathered.notEvaluated.push({ file, ...place, reason, failed: true });
}

export function addSuppressions(gathered: Gathered, { statements, malformed }: Suppressions): void {
  gathered.statements.push(...statements);
  gathered.malformed.push(...malformed);
}

export function findingOf(check: Check, subject: Subject, found: Found): Finding {
  const { kind, namespace, name, file } = subject;
  // What was put together elsewhere has no place here that a change would apply to.
  const change = subject.renderedFrom ? undefined : (found.patch ?? found.proposal);
  const operations = change ? operationsOf(subject.field, change) : [];
  return {
    check: check.id,
    severity: found.severity ?? check.severity,
    file,
    ...subject.locate(found.path),
    path: formatPath(found.path),
    kind,
    namespace,
    name,
    container: found.container,
    message: found.message,
    fix: check.fix,
    ...(operations.length > 0 && { patch: { safe: found.patch !== undefined, operations } }),
  };
}
