import type { OperatorKeyRow, OperatorRow, SessionRow, TieRow } from './store.ts';
import { createOperatorTies, type OperatorTies } from './ties.ts';

/**
 * Operators, their keys and open sessions, in memory: asked on every request, without I/O, and changed in the same turn a change is
 * committed in, so that nothing outlives its revocation.
 */
export interface LiveOperators {
  readonly ties: OperatorTies;
  operator(id: string): OperatorRow | undefined;
  operatorOf(subject: string): OperatorRow | undefined;
  operators(): readonly OperatorRow[];
  keyByHash(hash: string): OperatorKeyRow | undefined;
  key(id: string): OperatorKeyRow | undefined;
  keysOf(operator: string): readonly OperatorKeyRow[];
  sessionByHash(hash: string): SessionRow | undefined;
  session(id: string): SessionRow | undefined;
  sessions(): readonly SessionRow[];
  putOperator(row: OperatorRow): void;
  putKey(row: OperatorKeyRow): void;
  putSession(row: SessionRow): void;
  dropSession(id: string): void;
}

export interface LoadedOperators {
  readonly operators: readonly OperatorRow[];
  readonly keys: readonly OperatorKeyRow[];
  readonly sessions: readonly SessionRow[];
  readonly ties: readonly TieRow[];
}

export function createLiveOperators(loaded: LoadedOperators): LiveOperators {
  const operators = new Map(loaded.operators.map((row) => [row.id, row]));
  const keys = new Map(loaded.keys.map((row) => [row.hash, row]));
  const sessions = new Map(loaded.sessions.map((row) => [row.hash, row]));
  const key = (id: string) => keys.values().find((row) => row.id === id);
  const session = (id: string) => sessions.values().find((row) => row.id === id);
  return {
    ties: createOperatorTies(loaded.ties),
    operator: (id) => operators.get(id),
    operatorOf: (subject) => operators.values().find((row) => row.subject === subject),
    operators: () => [...operators.values()],
    keyByHash: (hash) => keys.get(hash),
    key,
    keysOf: (operator) => [...keys.values()].filter((row) => row.operator === operator),
    sessionByHash: (hash) => sessions.get(hash),
    session,
    sessions: () => [...sessions.values()],
    putOperator: (row) => void operators.set(row.id, row),
    putKey: (row) => void keys.set(row.hash, row),
    putSession: (row) => void sessions.set(row.hash, row),
    dropSession(id) {
      const row = session(id);
      if (row) sessions.delete(row.hash);
    },
  };
}
