import { costOf, findPrice, type Price, type TokenUsage } from '../../limits/index.ts';
import type { GatePolicy } from '../section.ts';
import type { Plan } from '../states.ts';
import type { Target } from '../target.ts';
import type { Route } from './routes.ts';

/** A call, as far as its price depends on it. */
export interface PricedCall {
  readonly route: Pick<Route, 'servedAs'>;
  readonly model: string | undefined;
}

/**
 * What calls cost, in whole nano-dollars; 0 for a model without a price, which a policy with cost limits does not have. The price is that of the model the service
 * is asked for, never of a name the caller made up: behind `gpt-*: { model: gpt-5-real }` every name costs what gpt-5-real costs.
 */
export interface CallPrices {
  costAt(call: PricedCall, target: Target | undefined, usage: TokenUsage): number;
  /** At the dearest place of its plan. */
  highestCostOf(call: PricedCall & { readonly plan: Plan }, usage: TokenUsage): number;
  /** The highest price of an output token at any place of its plan. */
  outputPriceOf(call: PricedCall & { readonly plan: Plan }): number;
  /** By the name the policy has for a model, for calls whose service is not known any more. */
  costOfNamed(name: string | undefined, usage: TokenUsage): number;
}

/** Prices remembered by name; a scan of many names must not grow memory. */
const maxRemembered = 1024;

export function createCallPrices(prices: GatePolicy['limits']['prices']): CallPrices {
  const known = new Map<string, Price | undefined>();
  const priced = Object.keys(prices).length > 0;

  function priceOf(name: string | undefined): Price | undefined {
    if (name === undefined) return undefined;
    if (!known.has(name)) {
      if (known.size >= maxRemembered) known.clear();
      known.set(name, findPrice(prices, name));
    }
    return known.get(name);
  }

  function priceAt({ route, model }: PricedCall, target: Target | undefined): Price | undefined {
    // The service is asked for the model by the name the caller used.
    if (target?.model === undefined) return priceOf(model);
    return priceOf(target.model) ?? priceOf(route.servedAs(model));
  }

  function highest(call: PricedCall & { readonly plan: Plan }, of: (price: Price) => number): number {
    if (!priced) return 0;
    let most = 0;
    for (const place of call.plan) {
      for (const target of place) {
        const price = priceAt(call, target);
        if (price) most = Math.max(most, of(price));
      }
    }
    return most;
  }

  return {
    costAt(call, target, usage) {
      const price = priced ? priceAt(call, target) : undefined;
      return price ? costOf(usage, price) : 0;
    },
    highestCostOf: (call, usage) => highest(call, (price) => costOf(usage, price)),
    outputPriceOf: (call) => highest(call, ({ output, reasoning = 0 }) => Math.max(output, reasoning)),
    costOfNamed(name, usage) {
      const price = priceOf(name);
      return price ? costOf(usage, price) : 0;
    },
  };
}

/** Names of models that stand in the policy: on routes, in prices and in roles. Served by a pattern, such a model is called by its name. */
export function createModelNames({
  gate,
  limits,
  identity,
}: GatePolicy): (call: PricedCall) => string | undefined {
  const written = [
    ...gate.routes.flatMap(({ models }) => Object.keys(models ?? {})),
    ...Object.keys(limits.prices),
    ...Object.values(identity.roles).flatMap(({ models }) => models ?? []),
  ];
  const names = new Set(written.filter((name) => !name.endsWith('*')));
  return ({ route, model }) => {
    if (model === undefined) return undefined;
    const served = route.servedAs(model);
    return served !== undefined && names.has(model) ? model : served;
  };
}
