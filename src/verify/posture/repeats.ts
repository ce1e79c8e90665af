import { checks } from './checks/catalogue.ts';
import type { Check } from './checks/check.ts';
import type { Finding } from './report.ts';

/** Kustomizations that are built on the same resource find the same in it. */
export function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ check, file, line, column, path, kind, namespace, name, container, message }) => {
    const key = [check, file, line, column, path, kind, namespace, name, container, message].join('\n');
    return !seen.has(key) && seen.add(key);
  });
}

/** In a line as long as a file (plans are one line) two places are only the same when they are this near. */
const nearColumns = 256;

/** A credential that a check of its place tells of is not told again by the search of texts. */
export function toldOnce(findings: readonly Finding[]): readonly Finding[] {
  const placeOf = ({ file, line, column }: Finding, before = 0): string =>
    `${line} ${Math.floor(column / nearColumns) - before} ${file}`;
  const ids = (isOf: (check: Check) => boolean) => new Set(checks.filter(isOf).map(({ id }) => id));
  const telling = ids(({ tellsCredentials }) => tellsCredentials === true);
  const searching = ids(({ of }) => of === 'text');
  const told = new Set(findings.filter(({ check }) => telling.has(check)).map((one) => placeOf(one)));
  const isTold = (one: Finding): boolean => told.has(placeOf(one)) || told.has(placeOf(one, 1));
  return findings.filter((one) => !searching.has(one.check) || !isTold(one));
}
