import type { Target } from '../target.ts';
import type { Plan } from '../states.ts';
import type { Upstream, Upstreams } from '../upstreams/upstream.ts';

export interface Pick {
  readonly target: Target;
  readonly upstream: Upstream;
  /** It was tried before for this call. */
  readonly again: boolean;
}

interface Candidate {
  readonly target: Target;
  readonly upstream: Upstream;
}

/**
 * Walks a plan: within a place by weight, places in order, each target once; then, while tries are left, from the start again. Services that
 * are out (circuit open, unwell) are passed over. A class, because one is made for every call.
 */
export class Picker {
  readonly #plan: Plan;
  readonly #upstreams: Upstreams;
  readonly #random: () => number;
  /** Few: a call has two or three tries. */
  readonly #tried: Target[] = [];

  constructor(plan: Plan, upstreams: Upstreams, random: () => number = Math.random) {
    this.#plan = plan;
    this.#upstreams = upstreams;
    this.#random = random;
  }

  /** Undefined: none may be tried now. */
  pick(): Pick | undefined {
    return this.#pickFrom(true) ?? this.#pickFrom(false);
  }

  #pickFrom(fresh: boolean): Pick | undefined {
    for (const place of this.#plan) {
      const chosen = this.#chooseFrom(place, fresh);
      if (!chosen) continue;
      if (fresh) this.#tried.push(chosen.target);
      return { target: chosen.target, upstream: chosen.upstream, again: !fresh };
    }
    return undefined;
  }

  #chooseFrom(place: readonly Target[], fresh: boolean): Candidate | undefined {
    // Most places have one target, which needs no list.
    const [only] = place;
    if (only && place.length === 1) return this.#candidate(only, fresh);
    const found = place.flatMap((target) => this.#candidate(target, fresh) ?? []);
    return byWeight(found, this.#random);
  }

  /** Undefined: not now. */
  #candidate(target: Target, fresh: boolean): Candidate | undefined {
    if (target.weight === 0 || this.#tried.includes(target) === fresh) return undefined;
    const upstream = this.#upstreams.get(target.upstream);
    return upstream?.available() ? { target, upstream } : undefined;
  }
}

function byWeight(found: readonly Candidate[], random: () => number): Candidate | undefined {
  let total = 0;
  for (const { target } of found) total += target.weight;
  let mark = random() * total;
  for (const candidate of found) {
    mark -= candidate.target.weight;
    if (mark < 0) return candidate;
  }
  return found.at(-1);
}
