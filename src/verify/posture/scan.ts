import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { checks } from './checks/catalogue.ts';
import type { ClusterCheck, PostureSettings } from './checks/check.ts';
import { type Cluster, createCluster } from './cluster.ts';
import { isDockerfile, scanDockerfile } from './files/dockerfile.ts';
import { isDocument, scanDocuments } from './files/document.ts';
import { findingOf, type Gathered } from './gathered.ts';
import type { Mend } from './mend/mend-files.ts';
import type { Finding, Report } from './report.ts';
import { decodeText } from './source/text.ts';
import { describeFault, findFiles, largestFileBytes, standardInput, tooLarge } from './source/walk.ts';
import { applySuppressions } from './suppress/apply.ts';
import { readIgnored } from './suppress/sources.ts';

const isWanted = (name: string): boolean => isDocument(name) || isDockerfile(name);

export interface Scanned {
  readonly report: Report;
  /** The resources together, for views of them. */
  readonly cluster: Cluster;
  /** The changes that "--fix" would make, of findings that are let stand too. */
  readonly mends: readonly Mend[];
}

/** Looks at everything below the paths; `-` among them is `input`. Never throws for what it finds there: what could not be read is named in the report. */
export function scan(
  paths: readonly string[],
  settings: PostureSettings,
  input: Uint8Array = new Uint8Array(),
): Scanned {
  const walk = findFiles(paths, isWanted);
  const gathered: Gathered = {
    resources: [],
    evaluated: [],
    findings: [],
    notEvaluated: [...walk.notEvaluated],
    statements: readIgnored(settings.ignored),
    malformed: [],
    mends: [],
  };
  for (const file of walk.files) {
    const source = file === standardInput ? Buffer.from(input) : readBytes(file);
    if (typeof source === 'string') gathered.notEvaluated.push({ file, reason: source, failed: true });
    else scanFile({ file, bytes: source }, settings, gathered);
  }
  const cluster = createCluster(gathered.resources);
  gathered.findings.push(...findInCluster(cluster, settings));
  const { evaluated, notEvaluated } = gathered;
  const { findings, suppressed } = applySuppressions(gathered.findings, gathered, settings.today);
  return { report: { evaluated, findings, suppressed, notEvaluated }, cluster, mends: gathered.mends };
}

/** Place by place of one file after the other: a file whose tree is gone is parsed once more, and only once. */
function findInCluster(cluster: Cluster, settings: PostureSettings): Finding[] {
  const found = checks
    .filter((check): check is ClusterCheck => check.of === 'cluster')
    .flatMap((check) => check.find(cluster, settings).map((one) => ({ check, one })));
  return [...Map.groupBy(found, ({ one }) => one.resource.file).values()].flatMap((inFile) =>
    inFile.map(({ check, one }) => findingOf(check, one.resource, one)),
  );
}

/** What a file holds, or why that cannot be told: it may have changed since it was found. */
function readBytes(file: string): Buffer | string {
  try {
    return readFileSync(file);
  } catch (error) {
    return describeFault(error);
  }
}

function scanFile(
  { file, bytes }: { file: string; bytes: Buffer },
  settings: PostureSettings,
  gathered: Gathered,
): void {
  const refuse = (reason: string): void => {
    gathered.notEvaluated.push({ file, reason, failed: true });
  };
  if (bytes.length > largestFileBytes) return refuse(tooLarge);
  const decoded = decodeText(bytes);
  if (!decoded.ok) return refuse(decoded.reason);
  const scanned = { file, text: decoded.text, settings, gathered };
  if (isDockerfile(basename(file))) scanDockerfile(scanned);
  else scanDocuments(scanned);
}
