import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Denied, GateStatus, Outcome, Recorded, Underway } from '../enforce/gate/index.ts';
import { Fault } from '../kernel/index.ts';
import type { LedgerStatus } from '../record/index.ts';
import { createMetrics } from './metrics.ts';

const ledger: LedgerStatus = {
  writable: true,
  size: 12,
  signedSize: 10,
  outstanding: 2,
  freeBytes: 5000,
  diskLow: false,
};
const gate: GateStatus = {
  inFlight: 3,
  bodyBytes: 100,
  draining: false,
  upstreams: {
    well: { circuit: 'closed', healthy: undefined, credentialReadAt: undefined },
    unwell: { circuit: 'closed', healthy: false, credentialReadAt: undefined },
    broken: { circuit: 'open', healthy: true, credentialReadAt: undefined },
  },
};

function metricsOf() {
  return createMetrics({
    gate: () => gate,
    ledger: () => ledger,
    budgetAlerts: () => [],
    reviews: () => ({ open: 0, overdue: 0, undecided: 0 }),
    limitCounters: () => 7,
    policyLoadedAt: () => 1_700_000_000_000,
    policyProblem: () => true,
    issuerKeys: () => [
      { issuer: 'https://login.example.com', ageMs: 90_000, usable: true },
      { issuer: 'https://new.example.com', ageMs: undefined, usable: false },
    ],
    revocation: () => [
      { kind: 'key', lastMs: 20, worstMs: 1500, count: 9, late: 1, measuredAt: 1_750_000_000_000 },
    ],
    keeping: () => ({
      cases: { open: 4, overdue: 1 },
      capture: {
        bytes: 900,
        waiting: 2,
        dropped: { 'too-long': 3, queue: 0, room: 0, keys: 0, erased: 0, failed: 1 },
      },
      retention: [
        { name: 'captured', due: 5, overdue: 2, sweptAt: 1, problem: undefined },
        { name: 'cases', due: 0, overdue: 0, sweptAt: undefined, problem: 'store.unavailable' },
      ],
      clockHeld: true,
      keys: 6,
      erasuresUnfinished: 2,
    }),
  });
}

const route = { name: '/v1/**', wire: { provider: 'openai' }, modelNames: ['gpt'] };
const operation = { operation: { name: 'chat.completions', telemetry: 'chat' } };

function finishedCall(model: string | undefined): Recorded {
  return { route, operation, model, snapshot: {} } as unknown as Recorded;
}

const outcome: Outcome = {
  result: 'succeeded',
  reason: undefined,
  status: 200,
  upstream: 'well',
  tries: 2,
  usage: { input: 10, cachedInput: 0, output: 5, reasoning: 0, estimated: false },
  costNanoUsd: 2_000_000_000,
  answerText: undefined,
  answerData: undefined,
  answerBytes: 1,
  firstByteMs: 20,
};

/** The label sets of a metric, with its values. */
function seriesOf(text: string, name: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

describe('the metrics', () => {
  it('count a call once, under names of the policy', async () => {
    const { observer, render } = metricsOf();
    observer.finished(finishedCall('gpt'), outcome, 40);
    const text = await render();
    assert.deepEqual(seriesOf(text, 'surety_calls_total'), [
      'surety_calls_total{route="/v1/**",operation="chat.completions",result="succeeded"} 1',
    ]);
    assert.deepEqual(seriesOf(text, 'surety_upstream_tries_total'), [
      'surety_upstream_tries_total{upstream="well"} 2',
    ]);
    assert.deepEqual(seriesOf(text, 'gen_ai_client_token_usage_total'), [
      'gen_ai_client_token_usage_total{gen_ai_request_model="gpt",gen_ai_token_type="input"} 10',
      'gen_ai_client_token_usage_total{gen_ai_request_model="gpt",gen_ai_token_type="output"} 5',
    ]);
    assert.deepEqual(seriesOf(text, 'surety_cost_usd_total'), [
      'surety_cost_usd_total{gen_ai_request_model="gpt"} 2',
    ]);
    const labels = '{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="gpt"}';
    assert.deepEqual(seriesOf(text, 'gen_ai_server_request_duration_seconds_sum'), [
      `gen_ai_server_request_duration_seconds_sum${labels} 0.04`,
    ]);
    assert.deepEqual(seriesOf(text, 'gen_ai_server_time_to_first_token_seconds_sum'), [
      `gen_ai_server_time_to_first_token_seconds_sum${labels} 0.02`,
    ]);
  });

  it('do not let a caller make series or write into one', async () => {
    const { observer, render } = metricsOf();
    for (let count = 0; count < 50; count++)
      observer.finished(finishedCall(`made-up-${count}"} 1\nforged 1`), outcome, 1);
    observer.finished(finishedCall(undefined), outcome, 1);
    const text = await render();
    assert.ok(!text.includes('made-up') && !text.includes('forged'));
    assert.deepEqual(
      seriesOf(text, 'gen_ai_server_request_duration_seconds_count').map(
        (line) => /request_model="([^"]*)"/.exec(line)?.[1],
      ),
      ['other', 'none'],
    );
  });

  it('count refusals by code, and without a route under none', async () => {
    const { observer, render } = metricsOf();
    const denied = (code: 'route.unknown' | 'limit.requests') => ({ fault: new Fault(code) }) as Denied;
    observer.denied({} as Underway, denied('route.unknown'));
    observer.denied({ route } as unknown as Underway, denied('limit.requests'));
    assert.deepEqual(seriesOf(await render(), 'surety_denials_total'), [
      'surety_denials_total{route="none",reason="route.unknown"} 1',
      'surety_denials_total{route="/v1/**",reason="limit.requests"} 1',
    ]);
  });

  it('count what was found and what was done, refused calls too, and say nothing of calls that were not looked into', async () => {
    const { observer, render } = metricsOf();
    const call = { ...finishedCall('gpt'), inspection: { dataClass: 'restricted', action: 'redacted' } };
    observer.finished(call as never, { ...outcome, answerData: { dataClass: undefined } } as never, 1);
    observer.finished(finishedCall('gpt'), outcome, 1);
    const refused = { route, inspection: { dataClass: 'restricted', action: 'refused' } };
    observer.denied(refused as unknown as Underway, { fault: new Fault('data.class') } as Denied);
    const text = await render();
    assert.deepEqual(seriesOf(text, 'surety_data_calls_total'), [
      'surety_data_calls_total{route="/v1/**",class="restricted",action="redacted"} 1',
      'surety_data_calls_total{route="/v1/**",class="restricted",action="refused"} 1',
    ]);
    assert.deepEqual(seriesOf(text, 'surety_data_answers_total'), [
      'surety_data_answers_total{route="/v1/**",class="none"} 1',
    ]);
  });

  it('tell the present state of the gate, the ledger and the policy', async () => {
    const text = await metricsOf().render();
    for (const line of [
      'surety_calls_in_flight 3',
      'surety_body_bytes 100',
      'surety_limit_counters 7',
      'surety_ledger_writable 1',
      'surety_ledger_entries 12',
      'surety_ledger_signed_entries 10',
      'surety_ledger_outstanding 2',
      'surety_ledger_free_bytes 5000',
      'surety_policy_loaded_timestamp_seconds 1700000000',
      'surety_policy_problem 1',
      'surety_revocation_seconds{kind="key"} 0.02',
      'surety_revocation_worst_seconds{kind="key"} 1.5',
      'surety_revocation_late{kind="key"} 1',
      'surety_issuer_keys_age_seconds{issuer="https://login.example.com"} 90',
      'surety_issuer_keys_usable{issuer="https://login.example.com"} 1',
      'surety_issuer_keys_usable{issuer="https://new.example.com"} 0',
      'surety_upstream_available{upstream="well"} 1',
      'surety_upstream_available{upstream="unwell"} 0',
      'surety_upstream_available{upstream="broken"} 0',
      'surety_cases_open 4',
      'surety_cases_overdue 1',
      'surety_captured_bytes 900',
      'surety_captured_waiting 2',
      'surety_data_keys 6',
      'surety_erasures_unfinished 2',
      'surety_capture_dropped_total{cause="too-long"} 3',
      'surety_capture_dropped_total{cause="failed"} 1',
      'surety_retention_clock_held 1',
      'surety_retention_due{class="captured"} 5',
      'surety_retention_overdue{class="captured"} 2',
      'surety_retention_failed{class="captured"} 0',
      'surety_retention_failed{class="cases"} 1',
    ])
      assert.ok(text.split('\n').includes(line), line);
    assert.ok(!text.includes('age_seconds{issuer="https://new.example.com"}'), 'no keys have no age');
  });
});
