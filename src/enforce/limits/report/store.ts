import { type RawBuilder, sql } from 'kysely';
import type { Store } from '../../../store/index.ts';
import type { UsageDimension, UsageQuery } from './report.ts';

/** The expression of each dimension. Nothing of these texts comes from outside. */
const expressions: Readonly<Record<UsageDimension, RawBuilder<string>>> = {
  day: sql.ref('day'),
  month: sql`substr(day, 1, 7)`,
  team: sql.ref('team'),
  key: sql.ref('key_id'),
  role: sql.ref('role'),
  route: sql.ref('route'),
  operation: sql.ref('operation'),
  model: sql.ref('model'),
};

const summed = [
  'requests',
  'estimated',
  'unknown',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
] as const;

export type GroupRow = Readonly<Record<(typeof summed)[number] | 'usd' | 'nano_usd', number>> &
  Readonly<Partial<Record<UsageDimension, string>>>;

/** Both engines sum integers, PostgreSQL into a wider type: cast back, and refused where it is beyond 2^53. */
function sum(expression: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`cast(coalesce(sum(${expression}), 0) as bigint)`;
}

/** Groups in the order of their values, after the one given: a page of a list that may grow meanwhile. */
export async function readGroups({ db }: Store, query: UsageQuery): Promise<readonly GroupRow[]> {
  const { by, since, until, where, limit, after } = query;
  const nano = sql.lit(1_000_000_000);
  const conditions = [
    ...(since === undefined ? [] : [sql`day >= ${since}`]),
    ...(until === undefined ? [] : [sql`day <= ${until}`]),
    ...Object.entries(where).map(([name, value]) => sql`${expressions[name as UsageDimension]} = ${value}`),
    ...(after === undefined || by.length === 0 ? [] : [isAfter(by, after)]),
  ];
  const columns = [
    ...by.map((name) => sql`${expressions[name]} as ${sql.id(name)}`),
    ...summed.map((name) => sql`${sum(sql.ref(name))} as ${sql.id(name)}`),
    sql`${sum(sql`cost_nano_usd / ${nano}`)} as usd`,
    sql`${sum(sql`cost_nano_usd % ${nano}`)} as nano_usd`,
  ];
  const grouped = by.map((name) => expressions[name]);
  const result = await sql<GroupRow>`
    select ${sql.join(columns)} from usage
    ${conditions.length > 0 ? sql`where ${sql.join(conditions, sql` and `)}` : sql``}
    ${grouped.length > 0 ? sql`group by ${sql.join(grouped)} order by ${sql.join(grouped)}` : sql``}
    limit ${limit}`.execute(db);
  return result.rows;
}

/** Lexicographic: the first value that differs is the larger one. */
function isAfter(by: readonly UsageDimension[], after: readonly string[]): RawBuilder<unknown> {
  const cases = by.map((name, index) => {
    const same = by.slice(0, index).map((known, place) => sql`${expressions[known]} = ${after[place] ?? ''}`);
    return sql`(${sql.join([...same, sql`${expressions[name]} > ${after[index] ?? ''}`], sql` and `)})`;
  });
  return sql`(${sql.join(cases, sql` or `)})`;
}
