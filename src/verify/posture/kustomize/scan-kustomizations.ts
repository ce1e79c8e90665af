import { dirname } from 'node:path';
import type { PostureSettings } from '../checks/check.ts';
import { scanResource } from '../files/kubernetes.ts';
import { addSuppressions, type Gathered } from '../gathered.ts';
import { readResources } from '../kubernetes/resource.ts';
import { readYaml } from '../source/yaml.ts';
import { readComments } from '../suppress/sources.ts';
import { type KustomizationGraph, readKustomizations, realPath } from './graph.ts';
import type { Kustomization } from './kustomization.ts';
import { type Renderer, render } from './render.ts';
import { placed, readSources, textOf } from './sources.ts';

interface Given {
  readonly settings: PostureSettings;
  readonly gathered: Gathered;
  /** Undefined: there is none here. */
  readonly renderer: Renderer | undefined;
}

/** Each is a process of its own; a scan has to end. */
const mostRenderings = 1000;

/**
 * Judges what kustomizations become instead of their parts: those that no other uses, with what they are built on. Gives the files that need
 * no looking at any more. What cannot be rendered is named, and its parts are judged as they lie.
 */
export function scanKustomizations(files: readonly string[], given: Given): ReadonlySet<string> {
  const graph = readKustomizations(files);
  const used = new Set<string>();
  const seen = new Set<Kustomization>();
  let renderings = 0;
  // Those that use each other in a circle have no root.
  for (const one of [...graph.roots, ...graph.scanned]) {
    if (seen.has(one)) continue;
    seen.add(one);
    const problem = problemOf(one, graph) ?? (renderings >= mostRenderings ? tooMany : undefined);
    const outcome = problem ?? scanKustomization(one, graph, given);
    if (problem === undefined) renderings += 1;
    // What is built on by something that was not rendered stands for itself.
    if (!given.renderer) for (const base of graph.closureOf(one)) seen.add(base);
    if ('reason' in outcome) given.gathered.notEvaluated.push({ file: one.file, line: 1, ...outcome });
    else {
      for (const base of outcome.closure) seen.add(base);
      for (const file of outcome.files) used.add(realPath(file));
    }
  }
  addComments(used, files, given.gathered);
  const own = new Set(graph.scanned.map(({ file }) => file));
  return new Set(files.filter((file) => own.has(file) || used.has(realPath(file))));
}

interface NotRendered {
  readonly reason: string;
  readonly failed: boolean;
}

const tooMany: NotRendered = { reason: `more than ${mostRenderings} kustomizations`, failed: true };
const noRenderer: NotRendered = {
  reason:
    'there is neither kubectl nor kustomize here to say what it becomes; its parts are judged as they lie: kubectl kustomize FOLDER | surety scan -',
  failed: false,
};

/** Why a kustomization is not given to the program that renders. */
function problemOf(one: Kustomization, graph: KustomizationGraph): NotRendered | undefined {
  const refused = graph.refusedBy(one);
  if (refused) {
    const where = refused === one ? '' : ` (${refused.file})`;
    const reason = `it is not rendered here: ${refused.refusal ?? ''}${where}; its parts are judged as they lie`;
    return { reason, failed: true };
  }
  return one.isComponent
    ? { reason: 'it is a component that no kustomization here uses', failed: false }
    : undefined;
}

interface ScannedKustomization {
  /** Itself and all that it is built on. */
  readonly closure: readonly Kustomization[];
  /** All files it is put together from. */
  readonly files: ReadonlySet<string>;
}

function scanKustomization(
  one: Kustomization,
  graph: KustomizationGraph,
  { renderer, settings, gathered }: Given,
): ScannedKustomization | NotRendered {
  if (!renderer) return noRenderer;
  const { file } = one;
  const rendered = render(dirname(file), renderer);
  if ('reason' in rendered) return { reason: `it cannot be rendered: ${rendered.reason}`, failed: true };
  const { documents, problems } = readYaml(rendered.text);
  const [problem] = problems;
  if (problem) return { reason: `what it becomes cannot be read: ${problem.message}`, failed: true };
  const closure = graph.closureOf(one);
  const sources = readSources(closure);
  const resources = documents
    .flatMap((document) => readResources(document, file))
    .map((resource) => placed(resource, sources, file));
  // Source by source: a file whose tree is gone is parsed once more to find a place in it.
  for (const ofFile of Map.groupBy(resources, (resource) => resource.file).values())
    for (const resource of ofFile) scanResource(resource, { settings, gathered });
  return { closure, files: sources.files };
}

/** Findings stand in the files that were put together, so comments there count. */
function addComments(used: ReadonlySet<string>, files: readonly string[], gathered: Gathered): void {
  const names = new Map(files.map((file) => [realPath(file), file]));
  for (const real of used) {
    const file = names.get(real) ?? real;
    addSuppressions(gathered, readComments(file, textOf(file) ?? ''));
  }
}
