import { systemClock } from '../src/kernel/index.ts';
import type { Entry } from '../src/record/index.ts';
import { newId, openOwnLedger } from './own-ledger.ts';

/**
 * Durable entries a second through the public face, with hashing, tiles, checkpoints and the search index on. Pin it to one core to
 * measure what it costs: `taskset -c 1 node bench/ledger.ts [SECONDS] [--json]`. `calls` is how many calls are in flight at once; each appends a
 * decision, waits until it is durable, then appends its outcome, as the gate does.
 */
const secondsEach = Number(process.argv[2] ?? 4);
const inFlight = [1, 8, 64, 512, 2048];

/** What the gate has at hand as texts when a call comes: 50 keys, 200 addresses in 100 networks. */
const callers = Array.from({ length: 200 }, (_, caller) => ({
  actor: `key_${String(caller % 50).padStart(17, '0')}`,
  source: `addr_${String(caller).padStart(22, 'a')}`,
  network: `net_${String(caller % 100).padStart(22, 'b')}`,
  model: `model-${caller % 5}`,
}));
const policy = `sha256:${'5'.repeat(43)}`;

function decision(call: number): Entry {
  const caller = callers[call % callers.length];
  if (!caller) throw new Error('There are no callers.');
  const { actor, source, network, model } = caller;
  return {
    id: newId(),
    at: new Date(systemClock.now()).toISOString(),
    kind: 'call.decided',
    actor,
    source,
    target: '/v1/**',
    outcome: 'allowed',
    policy,
    detail: {
      operation: 'chat.completions',
      route: '/v1/**',
      model,
      role: 'developer',
      network,
      requestBytes: 812,
      promptTokens: 204,
    },
  };
}

function outcome({ id, actor, source, target }: Entry): Entry {
  const at = new Date(systemClock.now()).toISOString();
  const usage = { inputTokens: 204, outputTokens: 310, costNanoUsd: 1_240_000, tries: 1, upstream: 'openai' };
  const detail = {
    decision: id,
    route: '/v1/**',
    role: 'developer',
    status: 200,
    durationMs: 840,
    answerBytes: 2210,
    ...usage,
  };
  return { id: newId(), at, kind: 'call.finished', actor, source, target, outcome: 'succeeded', detail };
}

async function run(calls: number) {
  const { ledger, remove } = await openOwnLedger();
  const end = performance.now() + secondsEach * 1000;
  let entries = 0;
  let bytes = 0;
  const cpu = process.cpuUsage();
  const began = performance.now();
  const worker = async (call: number) => {
    while (performance.now() < end) {
      const decided = decision(call);
      await ledger.append(decided);
      const finished = outcome(decided);
      await ledger.append(finished);
      entries += 2;
      if (entries < 100) bytes += JSON.stringify(decided).length + JSON.stringify(finished).length;
    }
  };
  await Promise.all(Array.from({ length: calls }, (_, call) => worker(call)));
  const seconds = (performance.now() - began) / 1000;
  await ledger.close();
  // Not yet removed: for minutes after files were removed, ext4 looks longer for room for each new one.
  removals.push(remove);
  const { user, system } = process.cpuUsage(cpu);
  return {
    'calls in flight': calls,
    'entries/s': Math.round(entries / seconds),
    'CPU µs/entry': Number(((user + system) / entries).toFixed(2)),
    'append ms': Number(((calls * seconds * 1000) / entries).toFixed(3)),
    'bytes/entry': Math.round(bytes / Math.min(entries, 98)),
  };
}

const removals: (() => Promise<void>)[] = [];
const rows = [];
for (const calls of inFlight) rows.push(await run(calls));
for (const remove of removals) await remove();
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else console.table(rows);
