import assert from 'node:assert/strict';
import { compileGate, createPrincipalHistory } from '../../src/enforce/gate/index.ts';
import { gateSection } from '../../src/enforce/gate/policy-section.ts';
import {
  compileRoles,
  compileTeams,
  openReviews,
  type OtherPrincipals,
} from '../../src/enforce/identity/index.ts';
import { identitySection } from '../../src/enforce/identity/policy-section.ts';
import { limitsSection } from '../../src/enforce/limits/policy-section.ts';
import { createLog } from '../../src/kernel/index.ts';
import { definePolicy } from '../../src/policy/index.ts';
import type { Entry, LedgerQuery, RecordedEntry } from '../../src/record/index.ts';
import type { Store } from '../../src/store/index.ts';
import type { Process } from './key-process.ts';

const format = definePolicy([gateSection, identitySection, limitsSection]);

export const developer = {
  may: ['call /v1/**'],
  limits: { requests: '600/min', cost: ['0.000000001 USD/h', '50 USD/day'], concurrency: 3 },
};
export const intern = { may: ['call /v1/chat/completions'], models: ['small'] };
const other = { may: ['call /other/**'] };

export function compile(roles: object, reviews?: object) {
  const reading = format.read(
    JSON.stringify({
      version: 1,
      gate: {
        upstreams: { echo: { builtin: 'echo' } },
        routes: [{ match: '/v1/**', name: 'chat', wire: 'openai', models: { small: 'echo', large: 'echo' } }],
      },
      identity: { roles, ...(reviews && { reviews }) },
      limits: { prices: { '*': { input: '1 USD/M', output: '1 USD/M' } } },
    }),
    'p.yaml',
  );
  assert.ok(reading.ok, reading.ok ? '' : JSON.stringify(reading.problems));
  return {
    snapshot: compileGate(reading.policy, reading.digest),
    policy: reading.policy,
    digest: reading.digest,
  };
}

/** Reviews over a process of keys, with calls that were recorded. */
export async function startReviews(
  running: Process,
  store: Store,
  more: { reviews?: object; others?: OtherPrincipals[] } = {},
) {
  const loaded = { current: compile({ developer, intern, other }, more.reviews) };
  const kept = new Map([[loaded.current.digest, loaded.current.snapshot]]);
  const recorded: RecordedEntry[] = [];
  const failing = { search: false, held: Promise.resolve() };
  const logged: string[] = [];
  const use = (next: typeof loaded.current) => {
    loaded.current = next;
    kept.set(next.digest, next.snapshot);
    const { roles, teams } = next.policy.identity;
    running.policy.current = {
      ...running.policy.current,
      roles: compileRoles(roles),
      teams: compileTeams(teams),
    };
  };
  use(loaded.current);
  const ledger = {
    status: { size: 0 } as never,
    async *search({ actor, kind, since = 0, until = Number.POSITIVE_INFINITY, limit = 1e9 }: LedgerQuery) {
      await failing.held;
      if (failing.search) throw new Error('the disk is broken');
      let left = limit;
      for (const found of recorded) {
        const at = Date.parse(found.entry.at);
        if (at < since || at >= until || left <= 0) continue;
        if ((actor && found.entry.actor !== actor) || (kind && found.entry.kind !== kind)) continue;
        left -= 1;
        yield found;
      }
    },
  };
  const newId = (() => {
    let count = 0;
    return () => `0199e2c4-7d5e-7000-8000-${String(++count).padStart(12, '0')}`;
  })();
  const log = createLog({ clock: running.clock, level: 'debug', write: (line) => logged.push(line) });
  const open = () =>
    openReviews({
      store,
      outbox: running.outbox,
      clock: running.clock,
      log,
      newId,
      ledger,
      keys: running.opened.administration,
      others: more.others ?? [],
      policy: () => ({ identity: loaded.current.policy.identity, digest: loaded.current.digest }),
      history: createPrincipalHistory({
        ledger,
        inForce: () => loaded.current.snapshot,
        policyOf: async (digest) => kept.get(digest),
      }),
    });
  const reviews = await open();
  return {
    reviews,
    /** As when it has gathered. */
    async begin() {
      const { id } = await reviews.create({}, 'opr_1');
      await reviews.gather();
      const review = await reviews.find(id);
      assert.ok(review);
      return review;
    },
    async refresh(id: string, request: { since?: number } = {}) {
      await reviews.refresh(id, request, 'opr_1');
      await reviews.gather();
      const review = await reviews.find(id);
      assert.ok(review);
      return review;
    },
    open,
    use,
    failing,
    logged,
    recorded,
    record(entry: Partial<Entry>, index = recorded.length) {
      const at = new Date(running.clock.now()).toISOString();
      const whole = {
        id: newId(),
        at,
        kind: 'call.decided',
        outcome: 'allowed',
        policy: loaded.current.digest,
        ...entry,
      };
      recorded.push({ index, signed: true, entry: whole as Entry });
    },
    call(
      actor: string,
      operation = 'chat.completions',
      model: string | undefined = 'small',
      role = 'developer',
    ) {
      this.record({ actor, detail: { route: 'chat', operation, model, role, network: 'net_1' } });
    },
    kinds: () => running.ledger.entries.map(({ kind }) => kind).filter((kind) => kind.startsWith('review.')),
  };
}
