/**
 * Reconciliation for as long as one likes: rounds of random calls with a kill -9 in each, held against what the service received and bills.
 * Run: npm run soak -- --minutes 10 [--seed 1] [--calls 2000]. The seed of a round that fails is printed; the exit code says whether all agreed.
 */
import { parseArgs } from 'node:util';
import { startBillingService } from '../support/billing-service.ts';
import {
  assertClosedNames,
  createRandom,
  makeCalls,
  reconcile,
  reconciledPolicy,
} from '../support/reconciliation.ts';
import { startSurety } from '../support/surety.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    calls: { type: 'string', default: '2000' },
  },
});
const [minutes, firstSeed, calls] = [Number(values.minutes), Number(values.seed), Number(values.calls)];
if (![minutes, firstSeed, calls].every((value) => Number.isFinite(value) && value >= 0)) {
  console.error('Usage: npm run soak -- [--minutes N] [--seed N] [--calls N]');
  process.exit(2);
}

/** A fresh gateway and service for each round; its seed tells all of it. */
async function round(seed: number): Promise<void> {
  const service = await startBillingService();
  const server = await startSurety({ policy: reconciledPolicy(service, 'before') });
  try {
    const random = createRandom(seed);
    const keys: string[] = [];
    for (const role of ['open', 'open', 'tokens', 'cost']) keys.push((await server.createKey(role)).key);
    const load = makeCalls({ server, keys, random, calls, atOnce: 24 });
    await new Promise((resolve) => setTimeout(resolve, 500 + random.below(3000)));
    await server.stop('SIGKILL');
    await server.restart();
    await load;
    await makeCalls({ server, keys, random, calls: calls / 2, atOnce: 24 });
    const sums = await reconcile(server, service.requests);
    assertClosedNames(await server.entries());
    console.log(`seed ${seed}: agrees ${JSON.stringify(sums)}`);
  } finally {
    await service.close();
    await server.dispose();
  }
}

const end = Date.now() + minutes * 60_000;
let failed = 0;
let seed = firstSeed;
do {
  try {
    await round(seed);
  } catch (error) {
    failed++;
    console.error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
  }
  seed++;
} while (Date.now() < end);
console.log(`${seed - firstSeed} rounds, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
