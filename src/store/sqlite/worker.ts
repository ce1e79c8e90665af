import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type {
  QueryAnswer,
  QueryFailure,
  QueryRequest,
  WorkerOptions,
  WorkerReply,
  WorkerRequest,
} from './protocol.ts';

/** Lists of different length make different SQL, so the cache has an end. */
const cachedStatements = 200;

/**
 * WAL: a reader never stops the writer. FULL: a commit that was answered survives a power cut. secure_delete: what was
 * erased (the sealed meaning of a pseudonym) does not linger in free pages. trusted_schema off: a database file someone
 * tampered with cannot call functions from its schema.
 */
const settings = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 5000;
  PRAGMA foreign_keys = ON;
  PRAGMA secure_delete = ON;
  PRAGMA trusted_schema = OFF;
`;

function describe(thrown: unknown): QueryFailure {
  const message = thrown instanceof Error ? thrown.message : 'unknown';
  const code = thrown instanceof Error && 'errcode' in thrown ? thrown.errcode : undefined;
  return typeof code === 'number' ? { message, resultCode: code } : { message };
}

function createExecutor(database: DatabaseSync): (request: QueryRequest) => QueryAnswer {
  const statements = new Map<string, StatementSync>();

  function prepare(sql: string): StatementSync {
    const known = statements.get(sql);
    if (known) {
      statements.delete(sql);
      statements.set(sql, known);
      return known;
    }
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    const oldest = statements.keys().next();
    if (statements.size > cachedStatements && !oldest.done) statements.delete(oldest.value);
    return statement;
  }

  return ({ sql, parameters }) => {
    const statement = prepare(sql);
    const values = parameters as readonly SQLInputValue[];
    if (statement.columns().length > 0) {
      const rows = statement.all(...values);
      return { rows, affectedRows: rows.length };
    }
    return { rows: [], affectedRows: Number(statement.run(...values).changes) };
  };
}

function serve(
  options: WorkerOptions,
  reply: (message: WorkerReply) => void,
): (request: WorkerRequest) => void {
  const database = new DatabaseSync(options.file);
  database.exec(settings);
  const execute = createExecutor(database);
  return (request) => {
    if (request === 'close') {
      database.close();
      parentPort?.close();
      return;
    }
    try {
      reply({ kind: 'answer', id: request.id, answer: execute(request) });
    } catch (thrown) {
      reply({ kind: 'failure', id: request.id, failure: describe(thrown) });
    }
  };
}

const port = parentPort;
if (port) {
  const reply = (message: WorkerReply) => port.postMessage(message);
  try {
    port.on('message', serve(workerData as WorkerOptions, reply));
    reply({ kind: 'ready' });
  } catch (thrown) {
    reply({ kind: 'unusable', failure: describe(thrown) });
    port.close();
  }
}
