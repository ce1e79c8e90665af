import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { openSqliteConnection, type SqliteConnection } from './connection.ts';

function toDatabaseConnection(connection: SqliteConnection): DatabaseConnection {
  return {
    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      const { rows, affectedRows } = await connection.query(sql, parameters);
      return { rows: rows as Row[], numAffectedRows: BigInt(affectedRows) };
    },
    streamQuery() {
      throw new Error('The store does not stream rows: read a bounded page.');
    },
  };
}

/**
 * One connection. Kysely hands it to one caller at a time (the adapter says that there is one), so a transaction holds it
 * from begin to end and nothing of another caller slips into it.
 */
function createDriver(file: string): Driver {
  let connection: SqliteConnection | undefined;
  const run = (target: DatabaseConnection, sql: string) =>
    target.executeQuery(CompiledQuery.raw(sql)).then(() => {});

  return {
    async init() {
      connection = await openSqliteConnection({ file });
    },
    async acquireConnection() {
      if (!connection) throw new Error('The SQLite driver is not initialised.');
      return toDatabaseConnection(connection);
    },
    // Immediate: a transaction takes the write lock when it begins, not half-way, where waiting for it could not help.
    beginTransaction: (target, { accessMode }) =>
      run(target, accessMode === 'read only' ? 'begin' : 'begin immediate'),
    commitTransaction: (target) => run(target, 'commit'),
    // A full disk ends the transaction by itself; that there is none left must not hide why.
    rollbackTransaction: (target) => run(target, 'rollback').catch(() => {}),
    async releaseConnection() {},
    async destroy() {
      await connection?.close();
    },
  };
}

/** SQLite through `node:sqlite` in a worker thread, behind Kysely's asynchronous driver. */
export function createSqliteDialect(file: string): Dialect {
  return {
    createDriver: () => createDriver(file),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}
