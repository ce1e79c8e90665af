import { readFileSync } from 'node:fs';
import type { Field, FieldPath } from '../field.ts';
import type { Place } from '../gathered.ts';
import { type Resource, readResources } from '../kubernetes/resource.ts';
import { decodeText } from '../source/text.ts';
import { readYaml } from '../source/yaml.ts';
import type { Kustomization } from './kustomization.ts';

/** The resources and patches that a kustomization is put together from, to say where in them a field stands. */
export interface Sources {
  readonly files: ReadonlySet<string>;
  readonly resources: ReadonlyMap<string, readonly Resource[]>;
  readonly patches: ReadonlyMap<string, readonly Resource[]>;
}

export function readSources(closure: readonly Kustomization[]): Sources {
  const resources = new Set(closure.flatMap((one) => one.resources));
  const parts = new Set(closure.flatMap((one) => one.parts));
  return {
    files: new Set([...closure.map(({ file }) => file), ...resources, ...parts]),
    resources: byKind([...resources].flatMap(resourcesIn)),
    patches: byKind([...parts].filter((file) => /\.(ya?ml|json)$/i.test(file)).flatMap(resourcesIn)),
  };
}

const byKind = (resources: readonly Resource[]): ReadonlyMap<string, readonly Resource[]> =>
  Map.groupBy(resources, kindOf);

const kindOf = ({ group, kind }: Resource): string => `${group}/${kind}`;

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
  const ofKind = (all: Sources['resources']): readonly Resource[] => all.get(kindOf(rendered)) ?? [];
  const source = sameResource(rendered, ofKind(sources.resources));
  const patches = ofKind(sources.patches).filter(({ name }) => name !== '' && rendered.name.includes(name));
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

/** Of the same name and namespace, or of a name that prefixes and suffixes make the rendered one; undefined where there are several. */
function sameResource({ name, namespace }: Resource, candidates: readonly Resource[]): Resource | undefined {
  const exact = candidates.filter((one) => one.name === name);
  const inNamespace = exact.filter((one) => one.namespace === namespace);
  if (inNamespace.length > 0 || exact.length > 0) return inNamespace[0] ?? exact[0];
  const within = candidates.filter((one) => one.name !== '' && name.includes(one.name));
  const longest = within.reduce((most, one) => Math.max(most, one.name.length), 0);
  const best = within.filter((one) => one.name.length === longest);
  return best.length === 1 ? best[0] : undefined;
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
