import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { checks } from './checks/catalogue.ts';
import type { Check, ClusterCheck, PostureSettings } from './checks/check.ts';
import { type Cluster, createCluster } from './cluster.ts';
import { isDockerfile, scanDockerfile } from './files/dockerfile.ts';
import { beginsAsDocument, isDocument, scanDocuments } from './files/document.ts';
import { isInfrastructureSource, nameInfrastructureSources } from './files/infrastructure-source.ts';
import { addTextComments, largestSearchedBytes, searchText } from './files/text.ts';
import { findingOf, type Gathered, type ScannedFile } from './gathered.ts';
import { isKustomization } from './kustomize/kustomization.ts';
import type { Renderer } from './kustomize/render.ts';
import { scanKustomizations } from './kustomize/scan-kustomizations.ts';
import type { Mend } from './mend/mend-files.ts';
import type { Finding, Report } from './report.ts';
import { decodeText } from './source/text.ts';
import { describeFault, findFiles, largestFileBytes, standardInput, tooLarge } from './source/walk.ts';
import { applySuppressions } from './suppress/apply.ts';
import { readIgnored } from './suppress/sources.ts';

const wanted = {
  isWanted: (name: string): boolean => isDocument(name) || isDockerfile(name) || isKustomization(name),
  othersUpTo: largestSearchedBytes,
};

export interface Scanned {
  readonly report: Report;
  /** The resources together, for views of them. */
  readonly cluster: Cluster;
  /** The changes that "--fix" would make, of findings that are let stand too. */
  readonly mends: readonly Mend[];
}

/** What a scan is given beside its paths. */
export interface ScanMeans {
  /** What `-` among the paths stands for. */
  readonly input?: Uint8Array | undefined;
  /** What renders kustomizations; without one they are named. */
  readonly renderer?: Renderer | undefined;
  /** Files are searched for credentials, and nothing else is looked at. */
  readonly onlySecrets?: boolean;
}

/** Looks at everything below the paths. Never throws for what it finds there: what could not be read is named in the report. */
export function scan(
  paths: readonly string[],
  settings: PostureSettings,
  { input = new Uint8Array(), renderer, onlySecrets = false }: ScanMeans = {},
): Scanned {
  const walk = findFiles(paths, wanted);
  const gathered: Gathered = {
    resources: [],
    evaluated: [],
    findings: [],
    notEvaluated: [...walk.notEvaluated],
    statements: readIgnored(settings.ignored),
    malformed: [],
    mends: [],
  };
  const asked = onlySecrets ? [] : walk.files.filter(({ isWanted }) => isWanted).map(({ file }) => file);
  const rendered = scanKustomizations(asked, { settings, gathered, renderer });
  let searched = 0;
  for (const { file, isWanted } of walk.files) {
    const source = file === standardInput ? Buffer.from(input) : readBytes(file);
    const scanned = typeof source === 'string' ? source : readScanned({ file, source, settings, gathered });
    if (typeof scanned !== 'string') {
      searchText(scanned);
      searched++;
      // What became part of something rendered was judged there, with the comments in it.
      if (rendered.has(file)) continue;
      if (isWanted && !onlySecrets && !isInfrastructureSource(file)) scanText(scanned);
      else addTextComments(scanned);
    } else if (isWanted) gathered.notEvaluated.push({ file, reason: scanned, failed: true });
  }
  if (!onlySecrets)
    gathered.notEvaluated.push(...nameInfrastructureSources(walk.files.map(({ file }) => file)));
  const cluster = createCluster(gathered.resources);
  gathered.findings.push(...findInCluster(cluster, settings));
  const { evaluated, notEvaluated } = gathered;
  const found = toldOnce(rendered.size > 0 ? withoutRepeats(gathered.findings) : gathered.findings);
  const { findings, suppressed } = applySuppressions(found, gathered, settings.today);
  return {
    report: { searched, evaluated, findings, suppressed, notEvaluated },
    cluster,
    mends: gathered.mends,
  };
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

/** Kustomizations that are built on the same resource find the same in it. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ check, file, line, column, path, kind, namespace, name, container, message }) => {
    const key = [check, file, line, column, path, kind, namespace, name, container, message].join('\n');
    return !seen.has(key) && seen.add(key);
  });
}

/** What a file holds, or why that cannot be told: it may have changed since it was found. */
function readBytes(file: string): Buffer | string {
  try {
    return readFileSync(file);
  } catch (error) {
    return describeFault(error);
  }
}

/** A file as text, or why it is none. */
function readScanned({
  file,
  source,
  settings,
  gathered,
}: Omit<ScannedFile, 'text'> & { source: Buffer }): ScannedFile | string {
  if (source.length > largestFileBytes) return tooLarge;
  const decoded = decodeText(source);
  return decoded.ok ? { file, text: decoded.text, settings, gathered } : decoded.reason;
}

function scanText(scanned: ScannedFile): void {
  const name = basename(scanned.file);
  if (isDockerfile(name)) scanDockerfile(scanned);
  else if (isDocument(name) || beginsAsDocument(scanned.text)) scanDocuments(scanned);
}

/** In a line as long as a file (plans are one line) two places are only the same when they are this near. */
const nearColumns = 256;

/** A credential that a check of its place tells of is not told again by the search of texts. */
function toldOnce(findings: readonly Finding[]): readonly Finding[] {
  const placeOf = ({ file, line, column }: Finding, before = 0): string =>
    `${line} ${Math.floor(column / nearColumns) - before} ${file}`;
  const ids = (isOf: (check: Check) => boolean) => new Set(checks.filter(isOf).map(({ id }) => id));
  const telling = ids(({ tellsCredentials }) => tellsCredentials === true);
  const searching = ids(({ of }) => of === 'text');
  const told = new Set(findings.filter(({ check }) => telling.has(check)).map((one) => placeOf(one)));
  const isTold = (one: Finding): boolean => told.has(placeOf(one)) || told.has(placeOf(one, 1));
  return findings.filter((one) => !searching.has(one.check) || !isTold(one));
}
