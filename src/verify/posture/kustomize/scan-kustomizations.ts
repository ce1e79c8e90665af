import { dirname } from 'node:path';
import type { PostureSettings } from '../checks/check.ts';
import { scanResource } from '../files/kubernetes.ts';
import { addSuppressions, type Gathered } from '../gathered.ts';
import { readResources } from '../kubernetes/resource.ts';
import { readYaml } from '../source/yaml.ts';
import { readComments } from '../suppress/sources.ts';
import { readKustomizations, realPath } from './graph.ts';
import type { Kustomization } from './kustomization.ts';
import { type Rendered, type Renderer, render } from './render.ts';
import { placed, readSources, textOf } from './sources.ts';

interface Given {
  readonly settings: PostureSettings;
  readonly gathered: Gathered;
  /** Undefined: there is none here. */
  readonly renderer: Renderer | undefined;
}

const renderFirst = 'kubectl kustomize FOLDER | surety scan -';

/**
 * Judges what kustomizations become instead of their parts: those that no other uses, with what they are built on. Gives the files that need
 * no looking at any more. What cannot be rendered is named, and its parts are judged as they lie.
 */
export function scanKustomizations(files: readonly string[], given: Given): ReadonlySet<string> {
  const graph = readKustomizations(files);
  const used = new Set<string>();
  const seen = new Set<Kustomization>();
  // Those that use each other in a circle have no root.
  const open = [...graph.roots, ...graph.scanned];
  for (const one of open) {
    if (seen.has(one)) continue;
    seen.add(one);
    const closure = graph.closureOf(one);
    const rendered = renderKustomization(one, closure, given);
    // What is built on by something that was not rendered stands for itself.
    if ('text' in rendered || !given.renderer) for (const base of closure) seen.add(base);
    if ('text' in rendered) {
      for (const file of scanRendered(one, { closure, text: rendered.text, given })) used.add(realPath(file));
    } else given.gathered.notEvaluated.push({ file: one.file, line: 1, ...rendered });
  }
  addComments(used, files, given.gathered);
  const own = new Set(graph.scanned.map(({ file }) => file));
  return new Set(files.filter((file) => own.has(file) || used.has(realPath(file))));
}

type NotRendered = { readonly reason: string; readonly failed: boolean };

function renderKustomization(
  one: Kustomization,
  closure: readonly Kustomization[],
  { renderer }: Given,
): { readonly text: string } | NotRendered {
  if (one.isComponent && one.refusal === undefined)
    return { reason: 'it is a component that no kustomization here uses', failed: false };
  if (!renderer)
    return {
      reason: `there is neither kubectl nor kustomize here to say what it becomes; its parts are judged as they lie: ${renderFirst}`,
      failed: false,
    };
  const refused = closure.find(({ refusal }) => refusal !== undefined);
  if (refused) {
    const where = refused === one ? '' : ` (${refused.file})`;
    return {
      reason: `it is not rendered here: ${refused.refusal ?? ''}${where}; its parts are judged as they lie`,
      failed: true,
    };
  }
  const rendered: Rendered = render(dirname(one.file), renderer);
  return 'text' in rendered
    ? rendered
    : { reason: `it cannot be rendered: ${rendered.reason}`, failed: true };
}

/** Judges what a kustomization became; gives the files it is put together from. */
function scanRendered(
  { file }: Kustomization,
  { closure, text, given }: { closure: readonly Kustomization[]; text: string; given: Given },
): ReadonlySet<string> {
  const { settings, gathered } = given;
  const sources = readSources(closure);
  const { documents, problems } = readYaml(text);
  for (const { message } of problems) {
    const reason = `what it becomes cannot be read: ${message}`;
    gathered.notEvaluated.push({ file, line: 1, reason, failed: true });
  }
  for (const document of documents)
    for (const resource of readResources(document, file))
      scanResource(placed(resource, sources, file), { settings, gathered });
  return sources.files;
}

/** Findings stand in the files that were put together, so comments there count. */
function addComments(used: ReadonlySet<string>, files: readonly string[], gathered: Gathered): void {
  const names = new Map(files.map((file) => [realPath(file), file]));
  for (const real of used) {
    const file = names.get(real) ?? real;
    addSuppressions(gathered, readComments(file, textOf(file) ?? ''));
  }
}
