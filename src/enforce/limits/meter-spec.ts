import type { Rate } from '../../kernel/index.ts';

export type Measure = 'requests' | 'tokens' | 'cost';

/** One rate of a limit set, made ready to count by. */
export interface MeterSpec {
  readonly measure: Measure;
  readonly rate: Rate;
  /** The name of the limit in the headers. */
  readonly name: string;
  /** The value of `RateLimit-Policy`. */
  readonly policyText: string;
}

/** What was taken and what was used in its place. */
export interface Settlement {
  readonly reserved: number;
  readonly used: number;
  readonly window: number;
}
