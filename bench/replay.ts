import { compileGate, createReplay } from '../src/enforce/gate/index.ts';
import { gateSection } from '../src/enforce/gate/policy-section.ts';
import { identitySection } from '../src/enforce/identity/policy-section.ts';
import { limitsSection } from '../src/enforce/limits/policy-section.ts';
import { definePolicy } from '../src/policy/index.ts';
import { newId, openOwnLedger } from './own-ledger.ts';

/** Entries a second that a policy replay reads and decides again: `node bench/replay.ts [CALLS]`. A call is two entries, one of them a decision. */
const calls = Number(process.argv[2] ?? 200_000);
const format = definePolicy([gateSection, identitySection, limitsSection]);

function compile(models: string, limits = '') {
  const reading = format.read(
    `version: 1
gate:
  upstreams: { echo: { builtin: echo } }
  routes: [{ match: /v1/**, wire: openai, models: { "*": echo } }]
identity: { roles: { developer: { may: [call /v1/**], models: ${models} ${limits} } } }
`,
    'bench.yaml',
  );
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return compileGate(reading.policy, reading.digest);
}

const { ledger, remove } = await openOwnLedger();
const inForce = compile('["*"]');
const since = Date.now();
for (let call = 0; call < calls; call += 1000) {
  const batch = Array.from({ length: 1000 }, (_, index) => {
    const at = new Date().toISOString();
    const actor = `key_${(call + index) % 200}`;
    const detail = {
      operation: 'chat.completions',
      route: '/v1/**',
      model: `model-${(call + index) % 7}`,
      role: 'developer',
      network: 'net_aaaaaaaaaaaaaaaaaaaaaa',
      request: newId(),
      streaming: false,
      requestBytes: 812,
      promptTokens: 204,
      outputTokens: 1024,
    };
    const common = { at, actor, target: '/v1/**', policy: inForce.digest };
    const decision = newId();
    const used = { ...detail, decision, inputTokens: 204, outputTokens: 80 };
    return [
      ledger.append({ ...common, id: decision, kind: 'call.decided', outcome: 'allowed', detail }),
      ledger.append({ ...common, id: newId(), kind: 'call.finished', outcome: 'succeeded', detail: used }),
    ];
  });
  await Promise.all(batch.flat());
}
const candidates = {
  permissions: compile('["model-1", "model-2"]'),
  'permissions and limits': compile(
    '["model-1", "model-2"]',
    ', limits: { requests: 50/min, tokens: [200k/min, 1000M/day], concurrency: 50 }, shared: { tokens: 100M/h }',
  ),
};
const rounds = 3;
const rows = [];
for (const [decides, candidate] of Object.entries(candidates)) {
  let best: { seconds: number; entries: number; refused: number } | undefined;
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    const page = await createReplay({
      ledger,
      candidate,
      inForce,
      policyOf: async () => undefined,
      since: since - 1000,
      until: Date.now() + 1000,
    }).page(Number.MAX_SAFE_INTEGER);
    const seconds = (performance.now() - began) / 1000;
    const refused = page.newlyRefused.reduce((sum, group) => sum + group.calls, page.furtherRefused);
    if (!best || seconds < best.seconds) best = { seconds, entries: page.entries, refused };
  }
  if (!best) continue;
  rows.push({
    decides,
    'entries read': calls * 2,
    'decisions/s': Math.round(best.entries / best.seconds),
    'entries/s': Math.round((calls * 2) / best.seconds),
    'newly refused': best.refused,
    'MB resident': Math.round(process.memoryUsage.rss() / 1e6),
  });
}
console.table(rows);
await ledger.close();
await remove();
