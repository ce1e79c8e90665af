import { compileGate, createPrincipalHistory } from '../enforce/gate/index.ts';
import {
  builtInRoles,
  openReviews,
  type Operators,
  type OtherPrincipals,
  type Reviews,
} from '../enforce/identity/index.ts';
import { Fault } from '../kernel/index.ts';
import type { House } from './house.ts';
import { findArchivedPolicy } from './policy-archive.ts';

type ReviewedHouse = Omit<House, 'reviews' | 'keeping'>;

/** Access reviews over an open house: principals from identity, history from the ledger, decisions of old by the gate's own code. */
export function openHouseReviews(house: ReviewedHouse): Promise<Reviews> {
  const others = [operatorsAsPrincipals(house.operators), tokensAsPrincipals(house)];
  const { store, outbox, clock, log, newId, ledger, keys, folder } = house;
  return openReviews({
    store,
    outbox,
    clock,
    log,
    newId,
    ledger,
    keys,
    others,
    policy: () => ({ identity: house.policy().policy.identity, digest: house.policy().digest }),
    history: createPrincipalHistory({
      ledger,
      inForce: () => compileGate(house.policy().policy, house.policy().digest),
      policyOf: (digest) => findArchivedPolicy(digest, folder.paths.folder),
    }),
  });
}

/** Operators are reviewed too: what their roles grant on the admin API, and that their access can be ended. */
function operatorsAsPrincipals(operators: Operators): OtherPrincipals {
  return {
    kind: 'operator',
    async list() {
      const { section } = operators.policy();
      return operators
        .list()
        .filter(({ state }) => state === 'active')
        .map(({ id, name, roles, createdAt, keys }) => ({
          id,
          kind: 'operator',
          name,
          roles,
          hasOwner: true,
          createdAt,
          expiresAt: lastEnd(keys),
          granted: roles.map((role) => ({
            role,
            may:
              builtInRoles[role] ??
              (Object.hasOwn(section.roles, role) ? (section.roles[role]?.may ?? []) : []),
            models: [],
          })),
        }));
    },
    isDependent: (id, operator) => !operators.areIndependent({ id }, { id: operator }),
    async revoke(id, operator) {
      await operators.disable(id, { id: operator, kind: 'session', roles: [] });
    },
  };
}

/**
 * Tokens are known from the ledger alone, by the pseudonym of issuer and subject. To end their access the meaning of the pseudonym is needed; where it
 * was erased nobody can say whose they are.
 */
function tokensAsPrincipals({ pseudonyms, tokens }: Pick<House, 'pseudonyms' | 'tokens'>): OtherPrincipals {
  return {
    kind: 'token',
    list: async () => [],
    async revoke(id, operator) {
      const meaning: unknown = JSON.parse((await pseudonyms.reveal(id)) ?? 'null');
      const [issuer, subject] = Array.isArray(meaning) ? (meaning as readonly unknown[]) : [];
      if (typeof issuer !== 'string' || typeof subject !== 'string')
        throw new Fault('api.conflict', {
          detail: 'Whose tokens these are was erased: revoke by issuer and time instead.',
        });
      await tokens.revoke({ issuer, subject }, operator);
    },
  };
}

/** When the last key that can be signed in with ends. */
function lastEnd(
  keys: readonly { readonly state: string; readonly expiresAt: number }[],
): number | undefined {
  const ends = keys.filter(({ state }) => state === 'active').map(({ expiresAt }) => expiresAt);
  return ends.length > 0 ? Math.max(...ends) : undefined;
}

const tickEveryMs = 60_000;

/** Does what is due now and then: begins a campaign, reminds, carries out what waited for a policy. */
export function followReviews(house: House): { look(): void; stop(): void } {
  const look = (): void => {
    house.reviews.tick().catch(() => house.log.error('what is due in access reviews could not be done'));
  };
  const timer = setInterval(look, tickEveryMs);
  timer.unref();
  look();
  return { look, stop: () => clearInterval(timer) };
}
