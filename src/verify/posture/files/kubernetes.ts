import { checks } from '../checks/catalogue.ts';
import type { Found, PodCheck, PostureSettings, ResourceCheck } from '../checks/check.ts';
import { addSuppressions, findingOf, type ScannedFile } from '../gathered.ts';
import { isKnownKind } from '../kubernetes/known-kinds.ts';
import { isResource, readResources, type Resource } from '../kubernetes/resource.ts';
import { kubesecScore } from '../kubesec.ts';
import { evaluatePod } from '../pod-security/evaluate.ts';
import { readAnnotations } from '../suppress/sources.ts';
import type { DocumentKind } from './document-kind.ts';

/** Manifests; what their resources come to together is for the whole scan to say. */
export const kubernetesDocument: DocumentKind = {
  title: 'resource of Kubernetes',
  recognises: ({ value }) => isResource(value),
  scan(document, scanned) {
    for (const resource of readResources(document, scanned.file)) scanResource(resource, scanned);
  },
};

export function scanResource(
  resource: Resource,
  { settings, gathered }: Pick<ScannedFile, 'settings' | 'gathered'>,
): void {
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
  for (const check of resourceChecks) {
    for (const found of foundBy(check, resource, settings)) {
      const finding = findingOf(check, resource, found);
      gathered.findings.push(finding);
      if (found.patch && !resource.renderedFrom)
        gathered.mends.push({ finding, resource, patch: found.patch });
    }
  }
}

/** Those that look at one resource by itself. */
const resourceChecks = checks.filter(
  (check): check is PodCheck | ResourceCheck => check.of === 'pod' || check.of === 'resource',
);

function foundBy(
  check: PodCheck | ResourceCheck,
  resource: Resource,
  settings: PostureSettings,
): readonly Found[] {
  return check.of === 'pod'
    ? findInPod(check, resource, settings)
    : findInResource(check, resource, settings);
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
