import type { House } from './house.ts';
import { Fault } from './kernel/index.ts';
import type { AdminServices } from './serve/index.ts';
import { version } from './version.ts';

/** What the handlers of the admin API work on, over an open house: the same in a server and in a command without one. */
export function adminServices(options: {
  house: House;
  policyProblem: () => string | undefined;
  readiness: () => { status: number; body: string };
}): AdminServices {
  const { house, policyProblem, readiness } = options;
  return {
    keys: house.keys,
    ledger: house.ledger,
    version,
    readiness,
    policy() {
      const { file, digest, loadedAt } = house.policy();
      return { file, digest, loadedAt, problem: policyProblem() };
    },
    now: () => house.clock.now(),
    backup: () => Promise.reject(new Fault('api.conflict')),
    exportRange: () => Promise.reject(new Fault('api.conflict')),
  };
}
