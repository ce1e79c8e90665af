import { checks } from '../checks/catalogue.ts';
import type { Check } from '../checks/check.ts';
import type { Report } from '../report.ts';

/** The checks that found something, in the order of the catalogue: why each matters is said once, and not with every finding. */
export function foundChecks({ findings, suppressed }: Report): readonly Check[] {
  const ids = new Set([...findings, ...suppressed.map(({ finding }) => finding)].map(({ check }) => check));
  return checks.filter(({ id }) => ids.has(id));
}

/** `CIS Kubernetes 1.12 5.2.6`: where a check comes from, with the edition, since editions move their numbers. */
export function formatReferences({ references }: Check): string[] {
  return references.map(({ standard, edition, id }) => `${standard} ${edition} ${id}`);
}
