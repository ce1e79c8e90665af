import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/**
 * Whether a file is a template of a Helm chart, or of something like it: what it will become cannot be told from it. Braces in texts are ordinary (alerts,
 * dashboards), so they count where the file lies among the templates of a chart, or is no YAML because of them.
 */
export function isTemplate(file: string, text: string, isBroken: boolean): boolean {
  if (!text.includes('{{')) return false;
  return isBroken || isInChart(file);
}

function isInChart(file: string): boolean {
  const parts = dirname(file).split(sep);
  const depth = parts.lastIndexOf('templates');
  return depth >= 0 && existsSync(join(parts.slice(0, depth).join(sep) || '.', 'Chart.yaml'));
}

export const templateReason = 'it is a template; scan what it becomes: helm template CHART | surety scan -';
