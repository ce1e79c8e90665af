/**
 * Retries as a share of calls, over all services: every call earns `share` of a retry, every retry spends one. In an outage retries
 * then add at most that share to the load, instead of multiplying it. A few are there from the start, for a gate with little traffic.
 */
export interface RetryBudget {
  earn(share: number): void;
  /** False: no retry is left. */
  spend(): boolean;
}

const most = 100;
const initial = 10;

export function createRetryBudget(): RetryBudget {
  let balance = initial;
  return {
    earn(share) {
      balance = Math.min(most, balance + share);
    },
    spend() {
      if (balance < 1) return false;
      balance -= 1;
      return true;
    },
  };
}
