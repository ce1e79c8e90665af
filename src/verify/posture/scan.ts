import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { checks } from './checks/catalogue.ts';
import type { Check, ClusterCheck, Found, PodCheck, PostureSettings, ResourceCheck } from './checks/check.ts';
import { type Cluster, createCluster } from './cluster.ts';
import { formatPath } from './field.ts';
import { isKnownKind } from './kubernetes/known-kinds.ts';
import { readResources, type Resource } from './kubernetes/resource.ts';
import { kubesecScore } from './kubesec.ts';
import { evaluatePod } from './pod-security/evaluate.ts';
import type { Mend } from './mend/mend-files.ts';
import { operationsOf } from './mend/operations.ts';
import type { Evaluated, Finding, NotEvaluated, Report } from './report.ts';
import { applySuppressions } from './suppress/apply.ts';
import {
  type MalformedSuppression,
  readAnnotations,
  readComments,
  readIgnored,
  type Suppression,
  type Suppressions,
} from './suppress/sources.ts';
import { readDockerfile } from './source/dockerfile.ts';
import { isTemplate, templateReason } from './source/template.ts';
import { decodeText } from './source/text.ts';
import { describeFault, findFiles, largestFileBytes, standardInput, tooLarge } from './source/walk.ts';
import { readYaml } from './source/yaml.ts';

const isManifest = (name: string): boolean => /\.(ya?ml|json)$/i.test(name);
const isDockerfile = (name: string): boolean =>
  /^(docker|container)file(\..+)?$|\.(docker|container)file$/i.test(name) &&
  !/\.(ya?ml|json|dockerignore)$/i.test(name);
const isWanted = (name: string): boolean => isManifest(name) || isDockerfile(name);

interface Gathered {
  readonly resources: Resource[];
  readonly evaluated: Evaluated[];
  readonly findings: Finding[];
  readonly notEvaluated: NotEvaluated[];
  readonly statements: Suppression[];
  readonly malformed: MalformedSuppression[];
  readonly mends: Mend[];
}

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
  const fail = (reason: string, place?: { line: number; column: number }): void => {
    gathered.notEvaluated.push({ file, ...place, reason, failed: true });
  };
  if (bytes.length > largestFileBytes) return fail(tooLarge);
  const decoded = decodeText(bytes);
  if (!decoded.ok) return fail(decoded.reason);
  if (isDockerfile(basename(file))) return scanDockerfile({ file, text: decoded.text }, settings, gathered);
  const { documents, problems } = readYaml(decoded.text);
  if (isTemplate(file, decoded.text, problems.length > 0)) return fail(templateReason);
  for (const { message, line, column } of problems) fail(message, { line, column });
  const found = documents.map((document) => readResources(document, file));
  if (found.every((resources) => resources === undefined) && problems.length === 0) {
    gathered.notEvaluated.push({
      file,
      reason: `${basename(file)} holds no resource of Kubernetes`,
      failed: false,
    });
  }
  addSuppressions(gathered, readComments(file, decoded.text));
  for (const resource of found.flatMap((resources) => resources ?? []))
    scanResource(resource, settings, gathered);
}

function scanDockerfile(
  { file, text }: { file: string; text: string },
  settings: PostureSettings,
  gathered: Gathered,
): void {
  const stages = readDockerfile(text);
  if (stages.length === 0) {
    gathered.notEvaluated.push({ file, reason: 'it has no FROM', failed: true });
    return;
  }
  addSuppressions(gathered, readComments(file, text));
  gathered.evaluated.push({ file, line: 1, kind: 'Dockerfile', name: basename(file) });
  for (const check of checks.filter((one) => one.of === 'dockerfile')) {
    for (const { at, message, severity } of check.find(stages, settings))
      gathered.findings.push({
        check: check.id,
        severity: severity ?? check.severity,
        file,
        line: at.line,
        column: at.column,
        path: at.keyword,
        kind: 'Dockerfile',
        name: basename(file),
        message,
        fix: check.fix,
      });
  }
}

function addSuppressions(gathered: Gathered, { statements, malformed }: Suppressions): void {
  gathered.statements.push(...statements);
  gathered.malformed.push(...malformed);
}

function scanResource(resource: Resource, settings: PostureSettings, gathered: Gathered): void {
  const { pod, apiVersion, kind, namespace, name, file } = resource;
  const { line } = resource.locate([]);
  if (!isKnownKind(resource)) {
    const reason = `no check knows the kind ${kind} of ${apiVersion}${name === '' ? '' : ` (${name})`}`;
    gathered.notEvaluated.push({ file, line, reason, failed: false });
    return;
  }
  const score = kubesecScore(resource);
  gathered.resources.push(resource);
  addSuppressions(gathered, readAnnotations(resource));
  gathered.evaluated.push({
    file,
    line,
    kind,
    namespace,
    name,
    kubesec: score === undefined ? undefined : { score },
    pss: pod && { version: `1.${settings.version}`, level: evaluatePod(pod, settings.version).level },
  });
  for (const check of checks) {
    for (const found of foundBy(check, resource, settings)) {
      const finding = findingOf(check, resource, found);
      gathered.findings.push(finding);
      if (found.patch) gathered.mends.push({ finding, resource, patch: found.patch });
    }
  }
}

function foundBy(check: Check, resource: Resource, settings: PostureSettings): readonly Found[] {
  if (check.of === 'pod') return findInPod(check, resource, settings);
  if (check.of === 'resource') return findInResource(check, resource, settings);
  return [];
}

function findInPod(check: PodCheck, resource: Resource, settings: PostureSettings): readonly Found[] {
  return resource.pod ? check.find({ pod: resource.pod, resource }, settings) : [];
}

function findInResource(
  check: ResourceCheck,
  resource: Resource,
  settings: PostureSettings,
): readonly Found[] {
  return check.kinds.includes(resource.kind) ? check.find(resource, settings) : [];
}

function findingOf(check: Check, resource: Resource, found: Found): Finding {
  const { kind, namespace, name, file } = resource;
  const change = found.patch ?? found.proposal;
  const operations = change ? operationsOf(resource.field, change) : [];
  return {
    check: check.id,
    severity: found.severity ?? check.severity,
    file,
    ...resource.locate(found.path),
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
