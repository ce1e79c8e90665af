import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Entry } from '../../src/record/index.ts';
import { behaviours, type BilledRequest, type BillingService } from './billing-service.ts';
import { canaryPrompt, type TestServer } from './surety.ts';

/** Nano-dollars a token, of the prices below. */
const inputPrice = 1000;
const outputPrice = 10_000;

export const budgetTokens = 400_000;
export const budgetNanoUsd = 2_000_000_000;

/** Wires and limits over which calls are reconciled. `record`: as the routes say it. */
export const reconciledPolicy = (service: BillingService, record: 'before' | 'overlap'): string => `
version: 1
gate:
  retries: { tries: 3, budget: 1, wait: 100ms }
  upstreams:
${['one', 'two', 'three'].map((name) => `    ${name}: { url: ${service.url}, private: true, deadlines: { firstByte: 300ms, idle: 300ms }, breaker: { failures: 1000 } }`).join('\n')}
  routes:
    - { match: /v1/**, wire: openai, record: ${record}, models: { m: one, "free-*": { upstream: one, model: real } } }
    - { match: /anthropic/**, wire: anthropic, record: ${record}, models: { m: two } }
    - { match: /openai/**, wire: azure, record: ${record}, models: { m: three } }
identity:
  failures: { address: 100000/s, key: 100000/s }
  roles:
    open: { may: [call /v1/**, call /anthropic/**, call /openai/**] }
    tokens: { may: [call /v1/**, call /anthropic/**, call /openai/**], shared: { tokens: ${budgetTokens}/day } }
    cost: { may: [call /v1/**, call /anthropic/**, call /openai/**], shared: { cost: ${budgetNanoUsd / 1e9} USD/day } }
limits:
  address: { requests: 100000/s }
  prices: { "*": { input: 1 USD/M, output: 10 USD/M }, "free-*": { input: 0.001 USD/M, output: 0.001 USD/M }, real: { input: 1 USD/M, output: 10 USD/M } }
`;

/** Reproducible: a run is told by its seed. */
export function createRandom(seed: number): {
  below(limit: number): number;
  of<Item>(items: readonly Item[]): Item;
} {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, of: (items) => items[below(items.length)] as (typeof items)[number] };
}

type Random = ReturnType<typeof createRandom>;

interface RandomCall {
  readonly path: string;
  readonly body: string | FormData;
}

const paths = [
  '/v1/chat/completions /v1/chat/completions /v1/completions /v1/responses /v1/embeddings',
  '/v1/moderations /v1/images/generations /v1/audio/speech /v1/audio/transcriptions',
  '/anthropic/v1/messages /openai/deployments/m/chat/completions?api-version=1 /v1/images/edits',
].flatMap((line) => line.split(' '));

function randomCall(random: Random): RandomCall {
  const path = random.of(paths);
  const behaviour = random.of(behaviours);
  const model = random.below(10) === 0 ? `free-${random.below(1000)}@example.com` : 'm';
  const text = `${canaryPrompt} ${'ä'.repeat(random.below(60))}`;
  if (/transcriptions|edits/.test(path)) {
    const form = new FormData();
    form.set('model', model);
    form.set('user', behaviour);
    form.set('prompt', text);
    form.set(path.includes('edits') ? 'image' : 'file', new Blob(['x'.repeat(random.below(2000))]), 'a.bin');
    return { path, body: form };
  }
  const document: Record<string, unknown> = { model, user: behaviour };
  if (path.includes('azure') || path.includes('deployments')) delete document['model'];
  if (/chat|messages|deployments/.test(path)) document['messages'] = [{ role: 'user', content: text }];
  else if (/generations|\/completions/.test(path)) document['prompt'] = text;
  else document['input'] = text;
  if (/chat|\/completions|responses|messages|deployments/.test(path)) addMaximum(random, path, document);
  return { path, body: JSON.stringify(document) };
}

function addMaximum(random: Random, path: string, document: Record<string, unknown>): void {
  if (random.below(2) === 0) document['stream'] = true;
  if (path.includes('/messages')) document['max_tokens'] = 1 + random.below(900);
  else if (random.below(2) === 0)
    document[random.of(['max_tokens', 'max_completion_tokens', 'max_output_tokens'])] = random.below(900);
  if (path.includes('completions') && random.below(4) === 0) document['n'] = 1 + random.below(3);
  if (path === '/v1/completions' && random.below(3) === 0) document['prompt'] = [canaryPrompt, 'b', 'c'];
}

/** Makes calls, many at once, of which a third are broken off at some moment. A gateway that is killed meanwhile fails no call here. */
export async function makeCalls(options: {
  readonly server: TestServer;
  readonly keys: readonly string[];
  readonly random: Random;
  readonly calls: number;
  readonly atOnce: number;
}): Promise<void> {
  const { server, keys, random, calls, atOnce } = options;
  let left = calls;
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const { path, body } = randomCall(random);
      const controller = new AbortController();
      const leaves = random.below(3) === 0;
      const timer = leaves ? setTimeout(() => controller.abort(), random.below(200)) : undefined;
      try {
        const answer = await fetch(`${server.gate}${path}`, {
          method: 'POST',
          headers: {
            'x-api-key': random.of(keys),
            ...(typeof body === 'string' && { 'content-type': 'application/json' }),
          },
          body,
          signal: controller.signal,
        });
        await answer.arrayBuffer();
      } catch {
        // Broken off by us, or the gateway is gone.
        await pause(1);
      } finally {
        clearTimeout(timer);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
}

const textOf = (entry: Entry, name: string): string => {
  const value = entry.detail?.[name];
  return typeof value === 'string' ? value : '';
};
const countOf = (entry: Entry, name: string): number => Number(entry.detail?.[name] ?? 0);

/** Every decision has exactly one end. Waits for the ends of calls that were broken off a moment ago. */
async function settledEntries(
  server: TestServer,
): Promise<{ decided: Entry[]; finished: Map<string, Entry> }> {
  const found = await server.waitForEntries([], (entries) => {
    const count = (kind: string) => entries.filter((entry) => entry.kind === kind).length;
    return count('call.decided') === count('call.finished');
  });
  const decided = found.filter(({ kind }) => kind === 'call.decided');
  const ends = found.filter(({ kind }) => kind === 'call.finished');
  const finished = new Map(ends.map((entry) => [textOf(entry, 'decision'), entry]));
  assert.equal(finished.size, ends.length, 'a call ended twice');
  return { decided, finished };
}

export interface Reconciled {
  readonly received: number;
  readonly decided: number;
  readonly billedTokens: number;
  readonly chargedTokens: number;
}

/** Holds what the service received and bills against the ledger: no call without an entry, none charged for less than is billed. */
export async function reconcile(server: TestServer, requests: readonly BilledRequest[]): Promise<Reconciled> {
  const { decided, finished } = await settledEntries(server);
  const byRequest = new Map(decided.map((entry) => [textOf(entry, 'request'), entry]));
  const received = Map.groupBy(requests, ({ requestId }) => requestId);
  const unrecorded = [...received.keys()].filter((id) => !byRequest.has(id));
  assert.deepEqual(unrecorded, [], 'calls reached the service without an entry');

  let billedTokens = 0;
  let chargedTokens = 0;
  for (const [id, tries] of received) {
    const decision = byRequest.get(id);
    if (!decision) continue;
    const end = finished.get(decision.id);
    assert.ok(end, 'a call has no end');
    const billed = tries.reduce(
      (sum, one) => sum + (one.billed ? one.billed.input + one.billed.output : 0),
      0,
    );
    const cost = tries.reduce(
      (sum, one) => sum + (one.billed ? one.billed.input * inputPrice + one.billed.output * outputPrice : 0),
      0,
    );
    const charged = countOf(end, 'inputTokens') + countOf(end, 'outputTokens');
    const what = `${tries.map(({ path, behaviour }) => `${path} ${behaviour}`).join(', ')}: ${JSON.stringify(end)}`;
    billedTokens += billed;
    chargedTokens += charged;
    // Whom nothing limits is told no maximum, so that only a limited caller's call is known to be bounded.
    const isBounded = textOf(decision, 'role') !== 'open' || tries.every((one) => one.isBounded);
    if (isBounded || tries.at(-1)?.reported)
      assert.ok(charged >= billed, `charged ${charged}, billed ${billed}; ${what}`);
    if (isBounded)
      assert.ok(countOf(end, 'costNanoUsd') >= cost, `charged too little money, ${cost}; ${what}`);
    const [only] = tries;
    if (tries.length === 1 && only?.reported && end.outcome === 'succeeded')
      assert.equal(charged, billed, what);
  }
  assertNothingCharged(decided, finished, received);
  return { received: received.size, decided: decided.length, billedTokens, chargedTokens };
}

/** What never reached the service is charged to nobody. Of a call that a crash ended it is not known. */
function assertNothingCharged(
  decided: readonly Entry[],
  finished: ReadonlyMap<string, Entry>,
  received: ReadonlyMap<string, readonly BilledRequest[]>,
): void {
  for (const decision of decided) {
    const end = finished.get(decision.id);
    if (!end || received.has(textOf(decision, 'request')) || end.outcome === 'unknown') continue;
    if (end.outcome === 'cancelled') continue;
    assert.equal(countOf(end, 'costNanoUsd'), 0, `charged for nothing: ${JSON.stringify(end)}`);
  }
}

/** No caller's words in what is kept: models are called as the policy calls them. */
export function assertClosedNames(entries: readonly Entry[]): void {
  for (const entry of entries) {
    const model = textOf(entry, 'model');
    assert.ok(['', 'm', 'free-*'].includes(model), `a caller named ${model}`);
  }
}

/** What the service billed of the calls of a role. */
export function billedTo(
  entries: readonly Entry[],
  requests: readonly BilledRequest[],
  role: string,
): { tokens: number; nanoUsd: number } {
  const ids = new Set(
    entries
      .filter((entry) => entry.kind === 'call.decided' && textOf(entry, 'role') === role)
      .map((entry) => textOf(entry, 'request')),
  );
  let tokens = 0;
  let nanoUsd = 0;
  for (const { requestId, billed } of requests) {
    if (!billed || !ids.has(requestId)) continue;
    tokens += billed.input + billed.output;
    nanoUsd += billed.input * inputPrice + billed.output * outputPrice;
  }
  return { tokens, nanoUsd };
}
