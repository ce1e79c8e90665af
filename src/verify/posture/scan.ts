import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { checks } from './checks/catalogue.ts';
import type { ClusterCheck, PostureSettings } from './checks/check.ts';
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
import { toldOnce, withoutRepeats } from './repeats.ts';
import { type Decoded, decodeText } from './source/text.ts';
import {
  describeFault,
  findFiles,
  largestFileBytes,
  standardInput,
  type FoundFile,
  tooLarge,
} from './source/walk.ts';
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
  for (const found of walk.files) {
    const scanned = readScanned(found, { input, settings, gathered });
    if (scanned === undefined) continue;
    searchText(scanned);
    searched++;
    // What became part of something rendered was judged there, with the comments in it.
    if (rendered.has(found.file)) continue;
    if (found.isWanted && !onlySecrets && !isInfrastructureSource(found.file)) scanText(scanned);
    else addTextComments(scanned);
  }
  if (!onlySecrets)
    gathered.notEvaluated.push(...nameInfrastructureSources(walk.files.map(({ file }) => file)));
  const cluster = createCluster(gathered.resources);
  gathered.findings.push(...findInCluster(cluster, settings));
  const { evaluated, notEvaluated } = gathered;
  const found = rendered.size > 0 ? withoutRepeats(gathered.findings) : gathered.findings;
  const { findings, suppressed } = applySuppressions(toldOnce(found), gathered, settings.today);
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

/** What a file holds, or why that cannot be told: it may have changed since it was found. */
function readBytes(file: string): Buffer | string {
  try {
    return readFileSync(file);
  } catch (error) {
    return describeFault(error);
  }
}

/** A file as text. Undefined: it is none, which is named where the file was wanted. */
function readScanned(
  { file, isWanted }: FoundFile,
  { input, settings, gathered }: Pick<ScannedFile, 'settings' | 'gathered'> & { input: Uint8Array },
): ScannedFile | undefined {
  const source = file === standardInput ? Buffer.from(input) : readBytes(file);
  const text = typeof source === 'string' ? { ok: false as const, reason: source } : decode(source);
  if (text.ok) return { file, text: text.text, settings, gathered };
  if (isWanted) gathered.notEvaluated.push({ file, reason: text.reason, failed: true });
  return undefined;
}

const decode = (source: Buffer): Decoded =>
  source.length > largestFileBytes ? { ok: false, reason: tooLarge } : decodeText(source);

function scanText(scanned: ScannedFile): void {
  const name = basename(scanned.file);
  if (isDockerfile(name)) scanDockerfile(scanned);
  else if (isDocument(name) || beginsAsDocument(scanned.text)) scanDocuments(scanned);
}
