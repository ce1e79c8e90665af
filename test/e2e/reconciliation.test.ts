import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type BillingService, startBillingService } from '../support/billing-service.ts';
import {
  assertClosedNames,
  billedTo,
  budgetNanoUsd,
  budgetTokens,
  createRandom,
  makeCalls,
  reconcile,
  reconciledPolicy,
} from '../support/reconciliation.ts';
import { startSurety, type TestServer } from '../support/surety.ts';

/** `npm run soak` makes many more, of other seeds. */
const calls = 400;

describe('what reaches a service, what is recorded and what is charged', () => {
  let service: BillingService;
  let server: TestServer;
  let keys: string[];
  before(async () => {
    service = await startBillingService();
    server = await startSurety({ policy: reconciledPolicy(service, 'before') });
    keys = [];
    for (const role of ['open', 'tokens', 'cost']) keys.push((await server.createKey(role)).key);
  });
  after(async () => {
    await service.close();
    await server.dispose();
  });

  it('agree after calls of every kind, ended in every way', async (t) => {
    const random = createRandom(20261130);
    await makeCalls({ server, keys, random, calls, atOnce: 12 });
    const sums = await reconcile(server, service.requests);
    t.diagnostic(JSON.stringify(sums));
    assert.ok(sums.received > calls / 4, 'hardly any call reached the service');
    assertClosedNames(await server.entries());
  });

  it('the bill of a service that takes all it is allowed to stays within the budget', async () => {
    const entries = await server.entries();
    const tokens = billedTo(entries, service.requests, 'tokens');
    const cost = billedTo(entries, service.requests, 'cost');
    assert.ok(tokens.tokens > budgetTokens / 4, 'the budget was hardly used');
    assert.ok(tokens.tokens <= budgetTokens, `${tokens.tokens} tokens of ${budgetTokens}`);
    assert.ok(cost.nanoUsd <= budgetNanoUsd, `${cost.nanoUsd} nano-dollars of ${budgetNanoUsd}`);
  });

  it('agree after the gateway was killed under load', async () => {
    const random = createRandom(7);
    for (let round = 0; round < 3; round++) {
      const load = makeCalls({ server, keys: keys.slice(0, 1), random, calls: 80, atOnce: 16 });
      await new Promise((resolve) => setTimeout(resolve, 120 + 90 * round));
      await server.stop('SIGKILL');
      await load;
      await server.restart();
    }
    await reconcile(server, service.requests);
    assert.equal((await server.run('ledger', 'verify')).code, 0);
  });
});
