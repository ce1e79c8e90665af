import { isRolling } from '../../../kernel/index.ts';
import type { CalendarWindow } from '../calendar.ts';
import type { LimitScope, LimitSet } from '../limits.ts';
import type { Measure } from '../meter-spec.ts';

/** A limit per UTC day or month of one subject: what it may use, and at which shares of it somebody is told. */
export interface Budget {
  readonly scope: LimitScope;
  /** As limits count it. */
  readonly subject: string;
  readonly measure: Measure;
  readonly per: CalendarWindow;
  /** Requests, tokens, or nano-dollars. */
  readonly amount: number;
  /** `0.8`, ascending. */
  readonly alerts: readonly number[];
}

/** By whom and through what something was used. */
export interface UsedBy {
  readonly callerId: string;
  readonly role: string;
  readonly team: string;
  readonly route: string;
}

/** Every budget of the policy in force a call falls under. */
export type BudgetsOf = (call: UsedBy) => readonly Budget[];

/** The budgets in a set of limits; of two for one window only the tighter can ever stop a call. */
export function budgetsIn(
  limits: LimitSet | undefined,
  about: Pick<Budget, 'scope' | 'subject' | 'alerts'>,
): readonly Budget[] {
  if (!limits) return [];
  return (['requests', 'tokens', 'cost'] as const).flatMap((measure) =>
    limits[measure].flatMap(({ amount, per }): Budget[] =>
      isRolling(per) ? [] : [{ ...about, measure, per, amount }],
    ),
  );
}
