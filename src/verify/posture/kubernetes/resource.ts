import { Field, type FieldPath } from '../field.ts';
import type { Place } from '../subject.ts';
import type { YamlDocument } from '../source/yaml.ts';
import { type Pod, readPod } from './pod.ts';

/** One object of Kubernetes, and where it stands. */
export interface Resource {
  readonly apiVersion: string;
  /** The group of `apiVersion`; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** As the manifest says; undefined where it leaves that to whoever applies it. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly file: string;
  readonly field: Field;
  /** Where it stands in its file: in which document, and below which path of it where that is a list. */
  readonly place: { readonly document: number; readonly path: FieldPath };
  /** Of what runs Pods. */
  readonly pod: Pod | undefined;
  /** The files it was put together from, where it stands so in none. */
  readonly renderedFrom?: ReadonlySet<string> | undefined;
  /** Paths are of the resource, also where it stands in a list. */
  locate(path: FieldPath): Place;
}

/** Where the Pod of a kind stands in it. */
const podPlaces: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ['template'],
  ReplicationController: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** Groups whose kinds of these names run Pods, old ones too. */
const podGroups = new Set(['', 'apps', 'extensions', 'batch']);

/** Whether a document says that it is an object of Kubernetes. */
export function isResource(value: unknown): boolean {
  const field = new Field(value);
  return field.at('apiVersion').text !== undefined && field.at('kind').text !== undefined;
}

/** The resources of a document: itself, or those of a `List`, at any depth. */
export function readResources(document: YamlDocument, file: string): Resource[] {
  const found: Resource[] = [];
  const visit = (field: Field): void => {
    const apiVersion = field.at('apiVersion').text;
    const kind = field.at('kind').text;
    if (apiVersion === undefined || kind === undefined) return;
    const items = field.at('items');
    if (kind.endsWith('List') && Array.isArray(items.value)) for (const item of items.items()) visit(item);
    else found.push(createResource(field, { apiVersion, kind, file, document }));
  };
  visit(new Field(document.value));
  return found;
}

function createResource(
  { value, path: prefix }: Field,
  given: { apiVersion: string; kind: string; file: string; document: YamlDocument },
): Resource {
  const { apiVersion, kind, file, document } = given;
  const field = new Field(value);
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const podPlace = podGroups.has(group) ? podPlaces[kind] : undefined;
  return {
    apiVersion,
    group,
    kind,
    namespace: field.at('metadata', 'namespace').text,
    name: field.at('metadata', 'name').text ?? field.at('metadata', 'generateName').text ?? '',
    file,
    field,
    place: { document: document.index, path: prefix },
    pod: podPlace && readPod(field.at(...podPlace)),
    locate: (path) => document.locate(prefix.length === 0 ? path : [...prefix, ...path]),
  };
}
