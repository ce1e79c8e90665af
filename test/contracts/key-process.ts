import { hash } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe } from 'node:test';
import {
  compileIdentity,
  type KeyPolicy,
  type OpenIdentity,
  openIdentity,
} from '../../src/enforce/identity/index.ts';
import { identitySection } from '../../src/enforce/identity/policy-section.ts';
import { createLog, createUuidFactory, Fault, type FaultCode } from '../../src/kernel/index.ts';
import { createManualClock } from '../support/clock.ts';
import type { Entry } from '../../src/record/index.ts';
import { createOutbox, type Outbox, type Store } from '../../src/store/index.ts';
import { type EngineUnderTest, engines } from './engines.ts';

export const day = 86_400_000;
const address = '192.0.2.7';
export const roleSection = { may: [{ verb: 'call' as const, resource: '/v1/**' }], models: ['*'] };
export const developerPolicy: KeyPolicy = compileIdentity(
  identitySection.schema.parse({
    keys: { longest: '90d' },
    roles: { developer: { may: ['call /v1/**'] } },
    teams: { research: {} },
  }),
);

/** A store, a ledger in memory that can be down, and identity over both; all that a process has. */
export async function startProcess(store: Store, lines: string[] = []) {
  const clock = createManualClock();
  const newId = createUuidFactory(clock);
  const ledger = { up: true, entries: [] as Entry[] };
  const policy = { current: developerPolicy };
  const log = createLog({ clock, level: 'debug', write: (line) => lines.push(line) });
  const target = {
    async append(entry: Entry) {
      if (!ledger.up) throw new Fault('ledger.unavailable');
      ledger.entries.push(entry);
    },
    async holds(id: string) {
      return ledger.entries.some((entry) => entry.id === id);
    },
  };
  const outbox: Outbox<Entry> = createOutbox({
    store,
    target,
    log,
    clock,
    retry: { firstMs: 1, longestMs: 4 },
  });
  const open = () =>
    openIdentity({
      store,
      outbox,
      clock,
      log,
      policy: () => policy.current,
      newId,
      person: (name) => `person_${hash('sha256', name, 'base64url')}`,
      baseFolder: '/',
    });
  return { clock, ledger, policy, outbox, open, opened: await open() };
}

export type Process = Awaited<ReturnType<typeof startProcess>>;

const request = { name: 'laptop', role: 'developer', expiresInMs: 30 * day };
export const create = ({ administration }: OpenIdentity, changes: object = {}) =>
  administration.create({ ...request, ...changes }, 'operator_1');

export function outcome({ identity }: OpenIdentity, credential: string, from = address): string {
  const result = identity.identify(credential, from);
  if (result instanceof Promise) throw new TypeError('a key is answered at once');
  return result.ok ? `admitted ${result.principal.id}` : result.code;
}

export const isFault = (code: FaultCode, detail?: RegExp) => (thrown: unknown) =>
  thrown instanceof Fault && thrown.code === code && (!detail || detail.test(thrown.message));

/** Runs the tests on every engine, each over an empty store. `current` gives what belongs to the test under way. */
export function describeKeys(
  title: string,
  define: (current: () => { running: Process; store: Store }) => void,
): void {
  for (const start of engines) {
    describe(`${title} on ${start.name}`, () => {
      let engine: EngineUnderTest;
      let store: Store;
      let running: Process;
      before(async () => {
        engine = await start();
      });
      after(() => engine.end());
      beforeEach(async () => {
        store = await engine.openEmpty();
        running = await startProcess(store);
      });
      afterEach(async () => {
        await running.opened.close();
        await running.outbox.close();
        await store.close();
      });
      define(() => ({ running, store }));
    });
  }
}
