import type { Target } from '../target.ts';
import type { Plan } from '../states.ts';
import type { Upstream, Upstreams } from '../upstreams/upstream.ts';

export interface Pick {
  readonly target: Target;
  readonly upstream: Upstream;
  /** It was tried before for this call. */
  readonly again: boolean;
}

/**
 * Walks a plan: within a place by weight, places in order, each target once; then, while tries are left, from the start again. Services that
 * are out (circuit open, unwell) are passed over. Undefined: none may be tried now.
 */
export function createPicker(
  plan: Plan,
  upstreams: Upstreams,
  random: () => number = Math.random,
): () => Pick | undefined {
  const tried = new Set<Target>();
  const candidates = (place: readonly Target[], fresh: boolean): { target: Target; upstream: Upstream }[] => {
    const found: { target: Target; upstream: Upstream }[] = [];
    for (const target of place) {
      if (target.weight === 0 || tried.has(target) === fresh) continue;
      const upstream = upstreams.get(target.upstream);
      if (upstream?.available()) found.push({ target, upstream });
    }
    return found;
  };
  const pickFrom = (fresh: boolean): Pick | undefined => {
    for (const place of plan) {
      const found = candidates(place, fresh);
      const chosen = found.length > 1 ? byWeight(found, random) : found[0];
      if (!chosen) continue;
      tried.add(chosen.target);
      return { ...chosen, again: !fresh };
    }
    return undefined;
  };
  return () => pickFrom(true) ?? pickFrom(false);
}

function byWeight<Candidate extends { target: Target }>(
  found: readonly Candidate[],
  random: () => number,
): Candidate | undefined {
  let total = 0;
  for (const { target } of found) total += target.weight;
  let mark = random() * total;
  for (const candidate of found) {
    mark -= candidate.target.weight;
    if (mark < 0) return candidate;
  }
  return found.at(-1);
}
