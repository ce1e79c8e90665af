import { formatPath } from './problem.ts';
import type { PolicyPath } from './section.ts';
import { parseSource } from './source.ts';

/** Where a key of a policy stands in its text: `surety.yaml:12:7`, the nearest above where it is left to its default; and its name. */
export function placeInPolicy(
  { text, file }: { readonly text: string; readonly file: string },
  path: PolicyPath,
): { readonly place: string; readonly path: string } {
  const source = parseSource(text);
  const { line, column } = source.placeOf(source.offsetOf(path, 'value'));
  return { place: `${file}:${line}:${column}`, path: formatPath(path) };
}
