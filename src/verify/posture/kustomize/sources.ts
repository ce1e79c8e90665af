import { readFileSync } from 'node:fs';
import type { Field, FieldPath } from '../field.ts';
import type { Place } from '../subject.ts';
import { type Resource, readResources } from '../kubernetes/resource.ts';
import { decodeText } from '../source/text.ts';
import { readYaml } from '../source/yaml.ts';
import type { Kustomization } from './kustomization.ts';

/** The resources and patches that a kustomization is put together from, to say where in them a field stands. */
export interface Sources {
  readonly files: ReadonlySet<string>;
  readonly resources: ReadonlyMap<string, readonly Resource[]>;
  readonly patches: ReadonlyMap<string, readonly Resource[]>;
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
}

export function readSources(closure: readonly Kustomization[]): Sources {
  const resources = new Set(closure.flatMap((one) => one.resources));
  const parts = new Set(closure.flatMap((one) => one.parts));
  return {
    files: new Set([...closure.map(({ file }) => file), ...resources, ...parts]),
    resources: byName([...resources].flatMap(resourcesIn)),
    patches: byName([...parts].filter((file) => /\.(ya?ml|json)$/i.test(file)).flatMap(resourcesIn)),
    prefixes: [...new Set(closure.map(({ prefix }) => prefix))].filter((one) => one !== ''),
    suffixes: [...new Set(closure.map(({ suffix }) => suffix))].filter((one) => one !== ''),
  };
}

const byName = (resources: readonly Resource[]): ReadonlyMap<string, readonly Resource[]> =>
  Map.groupBy(resources, (resource) => keyOf(resource, resource.name));

const keyOf = ({ group, kind }: Resource, name: string): string => `${group}/${kind}/${name}`;

function resourcesIn(file: string): Resource[] {
  const text = textOf(file);
  return text === undefined
    ? []
    : readYaml(text).documents.flatMap((document) => readResources(document, file));
}

/** Undefined where it cannot be read; the program that renders says so. */
export function textOf(file: string): string | undefined {
  try {
    const decoded = decodeText(readFileSync(file));
    return decoded.ok ? decoded.text : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A rendered resource, with its findings where their fields stand: in the patch or the resource that says the same, else in the kustomization.
 */
export function placed(rendered: Resource, sources: Sources, kustomization: string): Resource {
  const named = namesOf(rendered.name, sources).map((name) => keyOf(rendered, name));
  const source = sameResource(rendered, named, sources);
  const patches = named.flatMap((name) => sources.patches.get(name) ?? []);
  const origins = [...patches.toReversed(), ...(source ? [source] : [])];
  const file = source?.file ?? kustomization;
  const locate = (path: FieldPath): Place => {
    const found = origins.map((origin) => ({ origin, ...pathIn(origin.field, rendered.field, path) }));
    // What is missing is missed in the resource itself, or in the patch that adds what it is a part of.
    const best = found.find(({ isSame }) => isSame) ?? found.findLast(({ isMissing }) => isMissing);
    return best
      ? { file: best.origin.file, ...best.origin.locate(best.path) }
      : { file: kustomization, line: 1, column: 1 };
  };
  return { ...rendered, file, renderedFrom: sources.files, locate };
}

/** More than prefixes and suffixes of honest kustomizations come to. */
const mostNames = 100;

/** The names that a resource may have had before what is put before and behind them: its own first. */
function namesOf(name: string, { prefixes, suffixes }: Sources): readonly string[] {
  const found = new Set([name]);
  // A set is walked with what is added to it on the way.
  for (const one of found) {
    if (found.size > mostNames) break;
    for (const prefix of prefixes) if (one.startsWith(prefix)) found.add(one.slice(prefix.length));
    for (const suffix of suffixes) if (one.endsWith(suffix)) found.add(one.slice(0, -suffix.length));
  }
  return [...found];
}

function sameResource(
  { namespace }: Resource,
  named: readonly string[],
  { resources }: Sources,
): Resource | undefined {
  const candidates = named.map((name) => resources.get(name)).find((found) => found !== undefined) ?? [];
  return candidates.find((one) => one.namespace === namespace) ?? candidates[0];
}

interface OwnPath {
  /** As far as it is there. */
  readonly path: FieldPath;
  readonly isSame: boolean;
  /** The rendered resource does not have it, nor does this one. */
  readonly isMissing: boolean;
}

/** Where a field of the rendered resource stands in one of its origins: members of lists are found by their names. */
function pathIn(origin: Field, rendered: Field, path: FieldPath): OwnPath {
  let own = origin;
  let field = rendered;
  for (const part of path) {
    const next = typeof part === 'number' ? field.items()[part] : field.at(part);
    if (!next?.isSet) return { path: own.path, isSame: false, isMissing: true };
    const mine = typeof part === 'number' ? memberLike(own, next, part) : own.at(part);
    if (!mine?.isSet) return { path: own.path, isSame: false, isMissing: false };
    field = next;
    own = mine;
  }
  return { path: own.path, isSame: isAlike(own, field), isMissing: false };
}

function memberLike(list: Field, wanted: Field, index: number): Field | undefined {
  const items = list.items();
  const name = wanted.at('name').text;
  if (name !== undefined) return items.find((item) => item.at('name').text === name);
  return items.find((item) => item.value === wanted.value) ?? items[index];
}

/** Of mappings and lists a part may come from elsewhere; they stand here nevertheless. */
function isAlike(own: Field, rendered: Field): boolean {
  return typeof rendered.value === 'object' ? typeof own.value === 'object' : own.value === rendered.value;
}
