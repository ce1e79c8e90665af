import type { UsageTable } from '../../store/index.ts';
import { type UsageSums, usageKeys } from './store.ts';

const nothingUsed = {
  requests: 0,
  estimated: 0,
  unknown: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  cost_nano_usd: 0,
} satisfies Partial<UsageTable>;

type Sums = { -readonly [Name in keyof UsageTable]: UsageTable[Name] };

/**
 * Calls added up: one row for those of one day, key, role and so on. Thousands of calls make few rows, and the next call is most often of
 * the same row as the last.
 */
export class RowSums {
  readonly #rows = new Map<string, Sums>();
  #last: Sums | undefined;

  get rows(): readonly UsageSums[] {
    return [...this.#rows.values()];
  }

  get size(): number {
    return this.#rows.size;
  }

  add(usage: UsageSums): void {
    if (!this.#last || !isSameRow(this.#last, usage)) this.#last = this.#rowFor(usage);
    addTo(this.#last, usage);
  }

  #rowFor(usage: UsageSums): Sums {
    const key = keyOf(usage);
    const row = this.#rows.get(key) ?? { ...usage, ...nothingUsed };
    this.#rows.set(key, row);
    return row;
  }
}

/** Spelt out, as `isSameRow` is: of names in a list V8 looks each up anew, for every call. */
function addTo(sums: Sums, usage: UsageSums): void {
  sums.requests += usage.requests;
  sums.estimated += usage.estimated;
  sums.unknown += usage.unknown;
  sums.input_tokens += usage.input_tokens;
  sums.cached_input_tokens += usage.cached_input_tokens;
  sums.output_tokens += usage.output_tokens;
  sums.reasoning_tokens += usage.reasoning_tokens;
  sums.cost_nano_usd += usage.cost_nano_usd;
}

function isSameRow(one: UsageSums, other: UsageSums): boolean {
  return (
    one.key_id === other.key_id &&
    one.model === other.model &&
    one.route === other.route &&
    one.operation === other.operation &&
    one.role === other.role &&
    one.team === other.team &&
    one.day === other.day
  );
}

/** With its length, since a model or a team may be called anything: no two rows read alike. */
function keyOf(usage: UsageSums): string {
  let key = '';
  for (const name of usageKeys) key += `${usage[name].length}:${usage[name]}`;
  return key;
}
