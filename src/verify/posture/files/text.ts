import { basename } from 'node:path';
import {
  catalogue,
  type Classifier,
  createClassifier,
  dataSchema,
  inspectBody,
} from '../../../enforce/privacy/index.ts';
import { checks } from '../checks/catalogue.ts';
import type { TextCheck } from '../checks/check.ts';
import { addSuppressions, fail, type ScannedFile } from '../gathered.ts';
import type { Position } from '../source/yaml.ts';
import { readComments } from '../suppress/sources.ts';

/** Larger files are data, and no place where somebody writes a credential. */
export const largestSearchedBytes = 1024 * 1024;

const textChecks = checks.filter((check): check is TextCheck => check.of === 'text');
const byDetector = new Map(textChecks.flatMap((check) => check.detectors.map((name) => [name, check])));
const titles = new Map(catalogue.map(({ name, title }) => [name, title]));

let compiled: Classifier | undefined;

/** Made when the first file is searched: the room is also read by commands that scan nothing. */
const secretDetectors = (): Classifier =>
  (compiled ??= createClassifier(dataSchema.parse({ detect: { secret: 'default' } })));

/** Looks for credentials in any text, with the detectors that the gate has for calls. What was found is never told, only what it is. */
export function searchText(scanned: ScannedFile): void {
  const { file, text, gathered } = scanned;
  const inspected = inspectBody(secretDetectors(), { text });
  if (!inspected.ok) return fail(scanned, 'the search for credentials failed');
  const { findings } = inspected;
  if (findings.length === 0) return;
  const locate = createLocator(text);
  for (const { detector, start } of findings) {
    const check = byDetector.get(detector);
    if (!check) continue;
    gathered.findings.push({
      check: check.id,
      severity: check.severity,
      file,
      ...locate(start),
      path: '',
      kind: 'File',
      name: basename(file),
      message: `${titles.get(detector) ?? detector}: it stands here in the open.`,
      fix: check.fix,
    });
  }
}

/** What is said in the comments of a file that is read for nothing but credentials: of other checks nothing is meant. */
export function addTextComments({ file, text, gathered }: ScannedFile): void {
  const ids = new Set(textChecks.map(({ id }) => id));
  const { statements } = readComments(file, text);
  addSuppressions(gathered, { statements: statements.filter(({ check }) => ids.has(check)), malformed: [] });
}

/** Places asked for in the order of the text, in one walk over its lines. */
function createLocator(text: string): (offset: number) => Position {
  let line = 1;
  let lineStart = 0;
  return (offset) => {
    for (
      let end = text.indexOf('\n', lineStart);
      end >= 0 && end < offset;
      end = text.indexOf('\n', lineStart)
    ) {
      line++;
      lineStart = end + 1;
    }
    return { line, column: offset - lineStart + 1 };
  };
}
