import { basename } from 'node:path';
import { checks } from '../checks/catalogue.ts';
import { addSuppressions, fail, type ScannedFile } from '../gathered.ts';
import { readDockerfile } from '../source/dockerfile.ts';
import { readComments } from '../suppress/sources.ts';

export const isDockerfile = (name: string): boolean =>
  /^(docker|container)file(\..+)?$|\.(docker|container)file$/i.test(name) &&
  !/\.(ya?ml|json|dockerignore)$/i.test(name);

const dockerfileChecks = checks.filter((check) => check.of === 'dockerfile');

export function scanDockerfile(scanned: ScannedFile): void {
  const { file, text, settings, gathered } = scanned;
  const stages = readDockerfile(text);
  if (stages.length === 0) return fail(scanned, 'it has no FROM');
  addSuppressions(gathered, readComments(file, text));
  gathered.evaluated.push({ file, line: 1, kind: 'Dockerfile', name: basename(file) });
  for (const check of dockerfileChecks) {
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
