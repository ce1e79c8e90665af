import { posix } from 'node:path';
import { type FileFacts, type ImportFact, readFacts } from './facts.ts';
import {
  compositionRoot,
  environmentFile,
  forbiddenNames,
  type ModuleRule,
  moduleRules,
  queryFiles,
  queryMethods,
  roomOrder,
  sectionFace,
  sizes,
  testSupport,
} from './rules.ts';

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Violation {
  readonly rule: RoomRule;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export type RoomRule =
  | 'order'
  | 'peers'
  | 'entrance'
  | 'outside'
  | 'composition-root'
  | 'computed-import'
  | 'modules'
  | 'queries'
  | 'environment'
  | 'file-lines'
  | 'function-lines'
  | 'names'
  | 'room'
  | 'opening-comment'
  | 'named-exports'
  | 'syntax';

type Report = (rule: RoomRule, line: number, message: string) => void;

interface CheckedFile {
  readonly path: string;
  readonly facts: FileFacts;
  readonly room: string | undefined;
  readonly report: Report;
}

/** Applies every rule to every file. Works on texts alone, so that a test can feed it a house that breaks them. */
export function checkRooms(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, text }) => {
    const violations: Violation[] = [];
    const report: Report = (rule, line, message) => violations.push({ rule, path, line, message });
    const facts = readFacts(path, text, queryMethods);
    const file: CheckedFile = { path, facts, room: roomOf(path), report };
    for (const error of facts.errors) report('syntax', 1, error);
    checkSizes(file);
    checkNames(file);
    if (path.startsWith('src/')) {
      checkPlace(file);
      checkEnvironment(file);
      checkImports(file);
      checkQueries(file);
    }
    return violations;
  });
}

/** Files longer than wished and not yet refused. */
export function listLongFiles(files: readonly SourceFile[]): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > sizes.softFileLines)
    .map(({ path, lines }) => `${path} (${lines})`);
}

const rooms = roomOrder.flat();

/** The room a file stands in: the longest that its path lies in. */
function roomOf(path: string): string | undefined {
  return rooms.find((room) => path.startsWith(`src/${room}/`));
}

const rankOf = (room: string): number => roomOrder.findIndex((peers) => peers.includes(room));
const isTest = (path: string): boolean => path.endsWith('.test.ts');

function checkPlace({ path, room, facts, report }: CheckedFile): void {
  if (!room && !Object.hasOwn(compositionRoot, path) && !isTest(path)) {
    report('room', 1, 'stands in no room; the rooms are listed in tools/rooms/rules.ts');
  }
  if (room && path === `src/${room}/index.ts`) {
    if (!facts.opensWithComment)
      report('opening-comment', 1, 'an entrance opens with what the room guarantees');
    for (const line of facts.exportsAll) report('named-exports', line, 'an entrance names what it exports');
  }
}

function checkImports(file: CheckedFile): void {
  for (const fact of file.facts.imports) {
    if (fact.specifier === undefined) {
      file.report('computed-import', fact.line, 'an import whose module cannot be read from the code');
    } else if (fact.specifier.startsWith('.')) {
      checkRelativeImport(file, fact.specifier, fact.line);
    } else if (!isTest(file.path)) {
      checkModule(file, fact.specifier, fact);
    }
  }
}

function checkRelativeImport({ path, room, report }: CheckedFile, specifier: string, line: number): void {
  const target = posix.join(posix.dirname(path), specifier);
  if (!target.startsWith('src/')) {
    if (isTest(path) && target.startsWith(testSupport)) return;
    report('outside', line, `${specifier} leads out of src/`);
    return;
  }
  const targetRoom = roomOf(target);
  if (targetRoom === undefined) {
    if (room !== undefined) report('composition-root', line, `a room may not import ${target}`);
    return;
  }
  if (targetRoom === room) return;
  if (!isEntrance(target, targetRoom, path)) {
    report('entrance', line, `${targetRoom} is entered through its index.ts only`);
  }
  if (room === undefined) checkRootImport({ path, report }, targetRoom, line);
  else if (rankOf(targetRoom) === rankOf(room)) report('peers', line, `${room} and ${targetRoom} are peers`);
  else if (rankOf(targetRoom) > rankOf(room)) report('order', line, `${targetRoom} stands above ${room}`);
}

function isEntrance(target: string, targetRoom: string, importer: string): boolean {
  if (target === `src/${targetRoom}/index.ts`) return true;
  const mayEnterSection = importer === sectionFace.enteredBy || isTest(importer);
  return mayEnterSection && target === `src/${targetRoom}/${sectionFace.file}`;
}

function checkRootImport(
  { path, report }: { path: string; report: Report },
  target: string,
  line: number,
): void {
  const allowed = Object.hasOwn(compositionRoot, path) ? compositionRoot[path] : undefined;
  if (isTest(path) || allowed === 'every room' || allowed?.includes(target)) return;
  report('composition-root', line, `${path} may not know ${target}; compositionRoot says what it may`);
}

function checkModule({ path, report }: CheckedFile, specifier: string, fact: ImportFact): void {
  for (const rule of moduleRules) {
    if (!covers(rule, specifier) || isAllowed(rule.allowedIn, path)) continue;
    if (rule.typesAnywhere && fact.typesOnly) continue;
    report('modules', fact.line, `${specifier}: ${rule.why}`);
  }
}

/** `node:http` and `http` are one module; a subpath belongs to its package. */
function covers({ modules }: ModuleRule, specifier: string): boolean {
  return modules.some((module) => {
    if (module.endsWith('/')) return specifier.startsWith(module);
    const bare = module.startsWith('node:') ? module.slice('node:'.length) : module;
    return [module, bare].some((name) => specifier === name || specifier.startsWith(`${name}/`));
  });
}

function isAllowed(places: readonly string[], path: string): boolean {
  return places.some((place) => {
    if (place.endsWith('/')) return path.startsWith(place);
    return place.includes('/') ? path === place : posix.basename(path) === place;
  });
}

function checkQueries({ path, facts, report }: CheckedFile): void {
  if (isTest(path) || isAllowed(queryFiles, path)) return;
  for (const { method, line } of facts.queries) {
    report('queries', line, `${method}: queries stand in store/ and a room's store.ts`);
  }
}

function checkEnvironment({ path, facts, report }: CheckedFile): void {
  if (path === environmentFile || isTest(path)) return;
  for (const line of facts.environmentReads) {
    report('environment', line, `process.env is read in ${environmentFile} only`);
  }
}

function checkSizes({ path, facts, report }: CheckedFile): void {
  const limit = Object.hasOwn(sizes.files, path) ? sizes.files[path] : undefined;
  const most = limit ?? sizes.fileLines;
  if (facts.lines > most) report('file-lines', most, `${facts.lines} lines; at most ${most}`);
  for (const { line, ownLines } of facts.functions) {
    if (ownLines > sizes.functionLines) {
      report('function-lines', line, `a function of ${ownLines} lines; at most ${sizes.functionLines}`);
    }
  }
}

function checkNames({ path, report }: CheckedFile): void {
  const words = path.replace(/\.[^/]*$/, '').split(/[/.-]/);
  const forbidden = words.find((word) => forbiddenNames.includes(word.toLowerCase()));
  if (forbidden) report('names', 1, `"${forbidden}" says nothing of what is in it`);
}
