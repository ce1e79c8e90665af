import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Field } from '../field.ts';
import { decodeText } from '../source/text.ts';
import { describeFault, largestFileBytes, tooLarge } from '../source/walk.ts';
import { readYaml } from '../source/yaml.ts';

const names = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

export const isKustomization = (name: string): boolean => names.includes(name);

/** What a folder becomes is said in one file; this is what it takes from elsewhere. */
export interface Kustomization {
  readonly file: string;
  /** Folders with kustomizations of their own that it is built on. */
  readonly folders: readonly string[];
  /** Files with resources, which it changes or takes as they are. */
  readonly resources: readonly string[];
  /** Patches and other files that become a part of it. */
  readonly parts: readonly string[];
  /** What it puts before and behind the names of resources; empty where nothing. */
  readonly prefix: string;
  readonly suffix: string;
  /** It adds to others and is nothing by itself. */
  readonly isComponent: boolean;
  /** Why it is not rendered here; undefined: it may be. */
  readonly refusal: string | undefined;
}

/** Fields that name no file. */
const plain = new Set(
  (
    'apiVersion kind metadata namePrefix nameSuffix namespace commonLabels labels commonAnnotations images imageTags replicas vars ' +
    'sortOptions generatorOptions inventory buildMetadata'
  ).split(' '),
);
/** Fields that make kustomize run programs, or may. */
const running: Readonly<Record<string, string>> = {
  helmCharts: 'it inflates Helm charts',
  helmChartInflationGenerator: 'it inflates Helm charts',
  helmGlobals: 'it inflates Helm charts',
  generators: 'it uses generators of its own, which may run programs',
  transformers: 'it uses transformers of its own, which may run programs',
  validators: 'it uses validators of its own, which may run programs',
};
/** Fields that name files or folders, and where in them the names stand. */
const naming: Readonly<Record<string, (field: Field) => readonly Field[]>> = {
  resources: (field) => field.items(),
  bases: (field) => field.items(),
  components: (field) => field.items(),
  crds: (field) => field.items(),
  configurations: (field) => field.items(),
  patches: pathsOf,
  patchesJson6902: pathsOf,
  replacements: pathsOf,
  // A patch may stand here itself.
  patchesStrategicMerge: (field) => field.items().filter(({ text = '' }) => !/\n|^\s*\{/.test(text)),
  configMapGenerator: generatedFrom,
  secretGenerator: generatedFrom,
  openapi: (field) => membersNamed(field, 'path'),
};
/** Fields whose entries may be folders, or repositories somewhere else. */
const built = new Set(['resources', 'bases', 'components']);

/** Kustomize does not look at the case of names. */
function membersNamed(field: Field, name: string): Field[] {
  return field
    .members()
    .filter(([own]) => own.toLowerCase() === name)
    .map(([, one]) => one);
}

function pathsOf(field: Field): Field[] {
  return field.items().flatMap((item) => membersNamed(item, 'path'));
}

function generatedFrom(field: Field): Field[] {
  return field
    .items()
    .flatMap((item) => [
      ...[...membersNamed(item, 'files'), ...membersNamed(item, 'envs')].flatMap((files) => files.items()),
      ...membersNamed(item, 'env'),
    ]);
}

/** Undefined where a file of such a name is something else: a resource that is called so. */
export function readKustomization(file: string): Kustomization | undefined {
  const refuse = (refusal: string): Kustomization => ({
    file,
    refusal,
    folders: [],
    resources: [],
    parts: [],
    prefix: '',
    suffix: '',
    isComponent: false,
  });
  const text = readText(file);
  if (typeof text !== 'string') return refuse(text.reason);
  const { documents, problems } = readYaml(text);
  const [problem] = problems;
  if (problem) return refuse(`line ${problem.line}: ${problem.message}`);
  const [document] = documents;
  if (!document || documents.length > 1) return refuse('it must hold one document');
  const root = new Field(document.value);
  const version = root.at('apiVersion').text;
  if (version !== undefined && !version.startsWith('kustomize.config.k8s.io/')) return undefined;
  return readFields(root, file);
}

function readText(file: string): string | { readonly reason: string } {
  try {
    if (statSync(file).size > largestFileBytes) return { reason: tooLarge };
    const decoded = decodeText(readFileSync(file));
    return decoded.ok ? decoded.text : { reason: decoded.reason };
  } catch (error) {
    return { reason: describeFault(error) };
  }
}

/** What is not known, or could reach out, is refused: kustomize would fetch it, or run it. */
function readFields(root: Field, file: string): Kustomization {
  const folders: string[] = [];
  const resources: string[] = [];
  const parts: string[] = [];
  const refusals: string[] = [];
  for (const [name, field] of root.members()) {
    const named = Object.hasOwn(naming, name) ? naming[name]?.(field) : undefined;
    if (named === undefined && !plain.has(name)) refusals.push(whyRefused(name));
    for (const { text } of named ?? []) {
      const problem = problemOf(text, name);
      if (problem !== undefined || text === undefined) {
        refusals.push(problem ?? '');
        continue;
      }
      // Generated from: a name may stand before the file.
      const place = join(dirname(file), name.endsWith('Generator') ? text.replace(/^[^=]*=/, '') : text);
      if (!built.has(name)) parts.push(place);
      else if (whatIs(place) === 'folder') folders.push(place);
      else if (whatIs(place) === 'file') resources.push(place);
      else refusals.push(`it names ${text}, which is not there`);
    }
  }
  return {
    file,
    folders,
    resources,
    parts,
    prefix: root.at('namePrefix').text ?? '',
    suffix: root.at('nameSuffix').text ?? '',
    isComponent: root.at('kind').text === 'Component',
    refusal: refusals[0],
  };
}

function whyRefused(name: string): string {
  const known = Object.hasOwn(running, name) ? running[name] : undefined;
  return known ?? `it has a field that is not known (${name})`;
}

function problemOf(text: string | undefined, name: string): string | undefined {
  if (text === undefined) return `it has an entry in ${name} that is no text`;
  return isRemote(text, built.has(name)) ? `it takes ${name} from the network (${text})` : undefined;
}

/** Kustomize takes more for an address than what looks like one, before it looks whether there is such a file. */
function isRemote(entry: string, mayBeRepository: boolean): boolean {
  return /:|\/\//.test(entry) || (mayBeRepository && /[?@]|^github\.com/i.test(entry));
}

function whatIs(path: string): 'file' | 'folder' | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() ? 'folder' : found?.isFile() ? 'file' : undefined;
}

/** The file that says what a folder becomes. */
export function kustomizationIn(folder: string): string | undefined {
  return names.map((name) => join(folder, name)).find((file) => whatIs(file) === 'file');
}

export const isNamedSo = (file: string): boolean => isKustomization(basename(file));
