import { AsyncLocalStorage } from 'node:async_hooks';
import type { Entry } from '../../../record/index.ts';
import type { Operator } from './operator.ts';

const acting = new AsyncLocalStorage<Operator>();

/** Does something as an operator: entries written meanwhile that name it say who issued its key. */
export function actAs<Result>(operator: Operator, act: () => Result): Result {
  return acting.run(operator, act);
}

/** The entry; where its actor acts with a key that another operator issued, with that operator in `detail.issuedBy`. */
export function withIssuer(entry: Entry): Entry {
  const operator = acting.getStore();
  if (operator?.issuedBy === undefined || entry.actor !== operator.id) return entry;
  return { ...entry, detail: { ...entry.detail, issuedBy: operator.issuedBy } };
}
