import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Fault } from '../../kernel/index.ts';
import type { QueryAnswer, QueryFailure, QueryRequest, WorkerOptions, WorkerReply } from './protocol.ts';

/** The one SQLite connection, which lives in its own thread so that a commit's fsync never stalls the event loop. */
export interface SqliteConnection {
  query(sql: string, parameters: readonly unknown[]): Promise<QueryAnswer>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(answer: QueryAnswer): void;
  reject(reason: Error): void;
}

/** SQLite result codes (primary, the low byte) that say the database cannot serve, not that a query was wrong. */
const unavailable: Readonly<Record<number, string>> = {
  5: 'The database is busy.',
  6: 'The database is locked.',
  8: 'The database is read-only.',
  10: 'The disk failed to read or write.',
  11: 'The database is corrupt.',
  13: 'The disk is full.',
  14: 'The database file cannot be opened.',
  26: 'The file is not a database.',
};

function toError(failure: QueryFailure): Error {
  const detail = failure.resultCode === undefined ? undefined : unavailable[failure.resultCode & 0xff];
  return detail ? new Fault('store.unavailable', { detail }) : new Error(`SQLite: ${failure.message}`);
}

/** The worker beside this file, unbuilt (`.ts`) or built (`.js`). It gets no environment: it needs none of its secrets. */
function startWorker(options: WorkerOptions): Worker {
  const url = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
  return new Worker(url, { workerData: options, env: {}, name: 'store' });
}

/**
 * Opens the file, or rejects with Fault `store.unavailable`. A thread that dies fails every query from then on.
 * The thread keeps the process alive while a query is under way, and not while it is idle.
 */
export function openSqliteConnection(options: WorkerOptions): Promise<SqliteConnection> {
  const worker = startWorker(options);
  const waiting = new Map<number, Waiting>();
  const opened = Promise.withResolvers<SqliteConnection>();
  const ended = Promise.withResolvers<void>();
  let lastId = 0;
  let death: Error | undefined;

  function die(reason: Error): void {
    death ??= reason;
    opened.reject(death);
    for (const { reject } of waiting.values()) reject(death);
    waiting.clear();
  }

  function settle(id: number, act: (query: Waiting) => void): void {
    const query = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    if (query) act(query);
  }

  const connection: SqliteConnection = {
    query(sql, parameters) {
      if (death) return Promise.reject(death);
      const { promise, resolve, reject } = Promise.withResolvers<QueryAnswer>();
      const request: QueryRequest = { id: ++lastId, sql, parameters };
      waiting.set(request.id, { resolve, reject });
      worker.ref();
      worker.postMessage(request);
      return promise;
    },
    async close() {
      worker.ref();
      if (!death) worker.postMessage('close');
      await ended.promise;
    },
  };

  worker.on('message', (reply: WorkerReply) => {
    if (reply.kind === 'ready') {
      if (waiting.size === 0) worker.unref();
      opened.resolve(connection);
    } else if (reply.kind === 'unusable') die(toError(reply.failure));
    else if (reply.kind === 'answer') settle(reply.id, ({ resolve }) => resolve(reply.answer));
    else settle(reply.id, ({ reject }) => reject(toError(reply.failure)));
  });
  worker.on('error', (cause) => die(new Fault('store.unavailable', { cause })));
  worker.on('exit', () => {
    die(new Fault('store.unavailable', { detail: 'The store is closed.' }));
    ended.resolve();
  });
  return opened.promise;
}
