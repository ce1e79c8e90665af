import { findModelPattern, type ReportProblem } from '../../policy/index.ts';
import type { LimitSet } from './limits.ts';

/** Nano-dollars per token, possibly fractional. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Input tokens read from a cache; they are part of the input. As `input` where it is not priced. */
  readonly cached?: number;
  /** Output tokens spent on reasoning; they are part of the output. As `output` where it is not priced. */
  readonly reasoning?: number;
}

/** By model, or by the beginning of model names and `*`. */
export type PriceTable = Readonly<Record<string, Price>>;

export interface TokenUsage {
  readonly input: number;
  readonly output: number;
  /** Part of `input`; more than that is a service's mistake and counts as all of it. */
  readonly cachedInput?: number;
  /** Part of `output`. */
  readonly reasoning?: number;
}

function part(tokens: number | undefined, whole: number): number {
  return Math.min(Math.max(0, tokens ?? 0), whole);
}

/** Whole nano-dollars, rounded up: a fraction is never given away. */
export function costOf(usage: TokenUsage, price: Price): number {
  const cached = part(usage.cachedInput, usage.input);
  const reasoning = part(usage.reasoning, usage.output);
  const cost =
    (usage.input - cached) * price.input +
    cached * (price.cached ?? price.input) +
    (usage.output - reasoning) * price.output +
    reasoning * (price.reasoning ?? price.output);
  // Prices such as 0.1 USD/M are not exact in binary: what exceeds a whole nano-dollar by a rounding error is not rounded up.
  return Math.ceil(cost - cost * 1e-12);
}

/** The price of a model: its own, else that of the longest beginning that matches it. */
export function findPrice(prices: PriceTable, model: string): Price | undefined {
  const pattern = findModelPattern(Object.keys(prices), model);
  return pattern !== undefined && Object.hasOwn(prices, pattern) ? prices[pattern] : undefined;
}

/** What the gate's section knows and this room does not: which models are served, and under which sets of limits. */
export interface PricedModels {
  readonly prices: PriceTable;
  readonly models: readonly { readonly model: string; readonly path: readonly (string | number)[] }[];
  readonly limitSets: readonly LimitSet[];
}

/**
 * A cost limit over a model without a price would count nothing and let everything pass, so such a policy is refused. A pattern
 * (`gpt-5*`) needs a price for the pattern or for a wider one.
 */
export function checkPrices({ prices, models, limitSets }: PricedModels, report: ReportProblem): void {
  if (!limitSets.some((set) => set.cost.length > 0)) return;
  for (const { model, path } of models) {
    if (findPrice(prices, model)) continue;
    report({
      path,
      message: `there are cost limits, and ${model} has no price; add it to limits.prices`,
      found: model,
      allowed: Object.keys(prices),
    });
  }
}
