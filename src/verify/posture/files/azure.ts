import type { ReadDeployment } from '../azure/unread.ts';
import { checks } from '../checks/catalogue.ts';
import type { AzureCheck } from '../checks/check.ts';
import { findingOf, type ScannedFile } from '../gathered.ts';
import type { YamlDocument } from '../source/yaml.ts';

const azureChecks = checks.filter((check): check is AzureCheck => check.of === 'azure');

/** Judges what a plan or a template deploys, and names what of it no check knows. */
export function judgeDeployment(
  { deployment, unread }: ReadDeployment,
  document: YamlDocument,
  { file, gathered }: ScannedFile,
): void {
  for (const { path, reason, failed } of unread)
    gathered.notEvaluated.push({ file, line: document.locate(path).line, reason, failed });
  for (const resource of deployment.resources) {
    const { kind, namespace, name } = resource;
    gathered.evaluated.push({ file, line: resource.locate([]).line, kind, namespace, name });
  }
  for (const check of azureChecks)
    for (const found of check.find(deployment))
      gathered.findings.push(findingOf(check, found.subject, found));
}
