import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { bundlesPerBlock, bundlesPerEpoch } from './terms.ts';

/** How many epochs one look goes through before it gives way to appends. */
const epochsPerLook = 64;

export interface BundleFilter {
  readonly terms: readonly string[];
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** When the id looked for was made. */
  readonly idTime?: number | undefined;
  readonly begin: number;
  readonly end: number;
  readonly newestFirst: boolean;
  readonly limit: number;
}

export interface BundlesFound {
  readonly bundles: readonly number[];
  /** Where to look on: everything before it (after it, newest first) has been seen. */
  readonly seen: number;
}

/** Looks through the index, epoch by epoch, for the first bundles that may hold what is asked for. */
export function createLook(db: DatabaseSync): (filter: BundleFilter) => BundlesFound {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  return ({ terms, since, until, idTime, begin, end, newestFirst, limit }) => {
    const statement = prepare(lookSql(terms.length, newestFirst ? 'DESC' : 'ASC'));
    const asked = {
      since: since ?? 0,
      until: until ?? Number.MAX_SAFE_INTEGER,
      firstId: idTime ?? Number.MAX_SAFE_INTEGER,
      lastId: idTime ?? 0,
      ...Object.fromEntries(terms.map((term, position) => [`term${position}`, term])),
    };
    const found: number[] = [];
    let [low, high] = [begin, end];
    for (let epochs = 0; epochs < epochsPerLook && low < high && found.length < limit; epochs++) {
      const epoch = Math.floor((newestFirst ? high - 1 : low) / bundlesPerEpoch);
      const from = Math.max(low, epoch * bundlesPerEpoch);
      const to = Math.min(high, (epoch + 1) * bundlesPerEpoch);
      const blocks = {
        epoch,
        firstBlock: Math.floor(from / bundlesPerBlock),
        lastBlock: Math.floor((to - 1) / bundlesPerBlock),
      };
      // A parameter that the statement does not name is an error.
      const place = terms.length > 0 ? { from, to, ...blocks } : { from, to };
      const rows = statement.all({ ...asked, ...place, limit: limit - found.length });
      for (const row of rows) found.push(Number(row['bundle']));
      const last = found.length === limit ? found.at(-1) : undefined;
      if (newestFirst) high = last ?? from;
      else low = last === undefined ? to : last + 1;
    }
    return { bundles: found, seen: newestFirst ? high : low };
  };
}

/**
 * From the blocks that hold every term, in the order of the table, to the bundles of each: nothing is sorted, and the first ones come first. The
 * plus keeps a condition from being taken for the range of bundles to go through, which is the block's.
 */
function lookSql(terms: number, order: 'ASC' | 'DESC'): string {
  const inTime = 'last_at >= :since AND first_at < :until AND first_id <= :firstId AND last_id >= :lastId';
  if (terms === 0) {
    return `SELECT bundle FROM bundles WHERE bundle >= :from AND bundle < :to AND ${inTime}
      ORDER BY bundle ${order} LIMIT :limit`;
  }
  const names = Array.from({ length: terms }, (_, position) => `t${position}`);
  const others = names.slice(1).map(
    (name, position) => `CROSS JOIN terms ${name}
      ON ${name}.epoch = :epoch AND ${name}.term = :term${position + 1} AND ${name}.block = t0.block`,
  );
  const held = names.map((name) => `${name}.bundles`).join(' & ');
  return `SELECT bundle FROM terms t0 ${others.join(' ')} CROSS JOIN bundles
      ON bundle BETWEEN t0.block * ${bundlesPerBlock} AND t0.block * ${bundlesPerBlock} + ${bundlesPerBlock - 1}
      AND ((${held}) >> (bundle % ${bundlesPerBlock})) & 1
    WHERE t0.epoch = :epoch AND t0.term = :term0 AND t0.block BETWEEN :firstBlock AND :lastBlock
      AND +bundle >= :from AND +bundle < :to AND ${inTime}
    ORDER BY t0.block ${order}, bundle ${order} LIMIT :limit`;
}
