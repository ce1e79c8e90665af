/**
 * Limits: how much a caller may do. Requests, tokens, cost and calls at once; for each address, key or token, role, team and route.
 *
 * Guarantees: entering and reserving are synchronous steps, each all or nothing, so no number of calls at once gets past a limit by racing; the most tokens and
 * cost a call can use are reserved before it and settled after it, overshoot charged; a daily or monthly budget admits nothing it could not hold, while a rate lets
 * one call through alone whose prompt usually fits; a clock that moves refills no day; days and months are rebuilt from the ledger, so a restart refills no budget, and neither does
 * loading a policy; what was used is summed once from the ledger, and somebody is told before a budget stops calls; memory is bounded, and nothing that still counts is dropped.
 * Threat: a caller that runs up a bill or starves others; many calls at once; a flood from many addresses (an IPv6 /64 is one).
 * Does not: count across processes (one process, one memory); bound a rolling window tighter than twice its amount in the worst case
 * (all at once, then the drip); keep rolling windows over a restart (an hour at most); know calls in flight when a process was killed.
 */
export type { UsedSoFar } from './bind.ts';
export { type Budget, type BudgetsOf, budgetsIn, type UsedBy } from './budgets/budget.ts';
export { createBudgetWatch, type GivenAlerts } from './budgets/watch.ts';
export { createLimits, type LimitsOptions } from './create-limits.ts';
export { isUnlimited, mergeLimitSets } from './limit-set.ts';
export {
  type Admission,
  type AdmitRequest,
  callerSubject,
  type Demand,
  type LimitHeaders,
  type LimitRefusal,
  type LimitScope,
  type LimitSet,
  type LimitSubject,
  type Limits,
  type Usage,
} from './limits.ts';
export {
  checkPrices,
  costOf,
  findPrice,
  type Price,
  type PricedModels,
  type PriceTable,
  type TokenUsage,
} from './prices.ts';
export {
  type UsageDimension,
  usageDimensions,
  type UsageGroup,
  type UsageQuery,
  type UsageReport,
} from './report/report.ts';
export {
  createReplayedLimits,
  type ReplayedLimits,
  type ReplayedVerdict,
} from './replayed/replayed.ts';
export { pastUsage } from './retained.ts';
export type { LimitsSection } from './policy-section.ts';
export { openUsage, type UsageAccount, type UsageOptions } from './usage.ts';
