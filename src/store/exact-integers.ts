import type { CompiledQuery, DatabaseConnection, Dialect, Driver } from 'kysely';

/** The store holds times and counts as JavaScript numbers; one beyond 2^53 would silently become another number. */
function refuseInexact(value: unknown): void {
  if (typeof value === 'bigint')
    throw new RangeError('The store holds integers up to 2^53; this one is larger.');
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new RangeError('The store holds whole numbers up to 2^53; this one is not one.');
  }
}

function checked(connection: DatabaseConnection): DatabaseConnection {
  return {
    async executeQuery<Row>(query: CompiledQuery) {
      query.parameters.forEach(refuseInexact);
      const result = await connection.executeQuery<Row>(query);
      for (const row of result.rows) Object.values(row as object).forEach(refuseInexact);
      return result;
    },
    streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
  };
}

function checkedDriver(driver: Driver): Driver {
  const inner = new WeakMap<DatabaseConnection, DatabaseConnection>();
  const unwrap = (connection: DatabaseConnection) => inner.get(connection) ?? connection;
  return {
    init: () => driver.init(),
    async acquireConnection() {
      const connection = await driver.acquireConnection();
      const outer = checked(connection);
      inner.set(outer, connection);
      return outer;
    },
    beginTransaction: (connection, settings) => driver.beginTransaction(unwrap(connection), settings),
    commitTransaction: (connection) => driver.commitTransaction(unwrap(connection)),
    rollbackTransaction: (connection) => driver.rollbackTransaction(unwrap(connection)),
    releaseConnection: (connection) => driver.releaseConnection(unwrap(connection)),
    destroy: () => driver.destroy(),
  };
}

/** The same dialect, refusing every number that is not exact, on the way in and on the way out, whatever the engine. */
export function withExactIntegers(dialect: Dialect): Dialect {
  return {
    createDriver: () => checkedDriver(dialect.createDriver()),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  };
}
