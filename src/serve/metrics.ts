import { Counter, Gauge, Registry } from 'prom-client';
import type { GateObserver, GateStatus } from '../enforce/gate/index.ts';
import type { KeyState, ReviewStatus } from '../enforce/identity/index.ts';
import type { GivenAlerts } from '../enforce/limits/index.ts';
import type { LedgerStatus } from '../record/index.ts';
import type { RevocationFigures } from './api/revocation.ts';
import { createCallMetrics } from './call-metrics.ts';
import { addKeepingMetrics, type KeepingFigures } from './keeping-metrics.ts';

export interface MetricSources {
  gate(): GateStatus | undefined;
  ledger(): LedgerStatus;
  limitCounters(): number;
  budgetAlerts(): readonly GivenAlerts[];
  reviews(): ReviewStatus;
  policyLoadedAt(): number;
  /** Whether the policy file holds something that could not be put in force. */
  policyProblem(): boolean;
  revocation(): readonly RevocationFigures[];
  issuerKeys(): readonly KeyState[];
  keeping(): KeepingFigures;
}

export interface Metrics {
  readonly observer: GateObserver;
  /** An operator acted alone where a second person is needed. */
  brokeGlass(reason: string): void;
  /** In the Prometheus text format. */
  render(): Promise<string>;
  readonly contentType: string;
}

/**
 * Metrics by Prometheus's conventions, with OpenTelemetry's GenAI names where they fit. Label values come from closed sets only (routes,
 * models and upstreams of the policy, operations of the wires, fault codes): a caller cannot make series, nor write into one.
 */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  addGauges(sources, registers);
  addUpstreamGauge(sources, registers);
  addBudgetAlerts(sources, registers);
  addRevocationGauges(sources, registers);
  addIssuerGauges(sources, registers);
  addKeepingMetrics(registry, sources.keeping);
  const glass = new Counter({
    name: 'surety_break_glass_total',
    help: 'Acts of operators done alone where a second person is needed, by the reason of the policy.',
    labelNames: ['reason'] as const,
    registers,
  });

  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    brokeGlass: (reason) => glass.labels(reason).inc(),
    observer: createCallMetrics(registry),
  };
}

function addGauges(sources: MetricSources, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('surety_calls_in_flight', 'Calls being forwarded now.', () => sources.gate()?.inFlight ?? 0);
  gauge('surety_body_bytes', 'Bytes of bodies held in memory.', () => sources.gate()?.bodyBytes ?? 0);
  gauge('surety_limit_counters', 'Counters of limits held in memory.', sources.limitCounters);
  gauge('surety_ledger_writable', '1 while the ledger can record.', () => Number(sources.ledger().writable));
  gauge('surety_ledger_entries', 'Entries durable in the ledger.', () => sources.ledger().size);
  gauge(
    'surety_ledger_signed_entries',
    'Entries covered by a signed checkpoint.',
    () => sources.ledger().signedSize,
  );
  gauge(
    'surety_ledger_outstanding',
    'Entries handed over and not yet durable.',
    () => sources.ledger().outstanding,
  );
  gauge(
    'surety_ledger_free_bytes',
    'Free space on the disk of the ledger.',
    () => sources.ledger().freeBytes,
  );
  gauge(
    'surety_policy_loaded_timestamp_seconds',
    'When the policy in force was loaded.',
    () => sources.policyLoadedAt() / 1000,
  );
  gauge('surety_reviews_open', 'Access reviews that are not closed.', () => sources.reviews().open);
  gauge('surety_reviews_overdue', 'Access reviews past their due date.', () => sources.reviews().overdue);
  gauge(
    'surety_review_principals_undecided',
    'Principals in open access reviews that are undecided, or whose decision is not carried out.',
    () => sources.reviews().undecided,
  );
  gauge('surety_policy_problem', '1 while the policy file cannot be put in force.', () =>
    Number(sources.policyProblem()),
  );
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('process_cpu_seconds_total', 'Processor time used.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
}

function addRevocationGauges({ revocation }: MetricSources, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: (figures: RevocationFigures) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['kind'] as const,
      registers,
      collect() {
        this.reset();
        for (const figures of revocation()) this.labels(figures.kind).set(read(figures));
      },
    });
  gauge(
    'surety_revocation_seconds',
    'From asking for a revocation until it was in force and streams were cut, when last measured.',
    ({ lastMs }) => lastMs / 1000,
  );
  gauge(
    'surety_revocation_worst_seconds',
    'The longest such time within the last hour.',
    ({ worstMs }) => worstMs / 1000,
  );
  gauge(
    'surety_revocation_measured_timestamp_seconds',
    'When it was last measured.',
    ({ measuredAt }) => measuredAt / 1000,
  );
  gauge(
    'surety_revocation_late',
    'Measurements since the start that were over the bound of one second, or failed.',
    ({ late }) => late,
  );
}

/** By the issuers the policy names, and no others. */
function addIssuerGauges({ issuerKeys }: MetricSources, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: (keys: KeyState) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: ['issuer'] as const,
      registers,
      collect() {
        this.reset();
        for (const keys of issuerKeys()) {
          const value = read(keys);
          if (value !== undefined) this.labels(keys.issuer).set(value);
        }
      },
    });
  gauge(
    'surety_issuer_keys_age_seconds',
    'Since the keys of the issuer were fetched, or read from their file; absent while there are none.',
    ({ ageMs }) => (ageMs === undefined ? undefined : ageMs / 1000),
  );
  gauge(
    'surety_issuer_keys_usable',
    '1 while tokens of the issuer can be verified: its keys are there, and not older than the policy keeps them.',
    ({ usable }) => Number(usable),
  );
}

function addUpstreamGauge(sources: MetricSources, registers: Registry[]): Gauge {
  return new Gauge({
    name: 'surety_upstream_available',
    help: '1 while calls may be sent to the service.',
    labelNames: ['upstream'] as const,
    registers,
    collect() {
      this.reset();
      for (const [name, state] of Object.entries(sources.gate()?.upstreams ?? {})) {
        this.labels(name).set(Number(state.circuit !== 'open' && state.healthy !== false));
      }
    },
  });
}

/** Without the subject: of whom is in the entries. */
function addBudgetAlerts(sources: MetricSources, registers: Registry[]): Counter {
  return new Counter({
    name: 'surety_budget_alerts_total',
    help: 'Budgets nearly used up (budget.warned) or used up (budget.stopped), by scope, measure and window.',
    labelNames: ['kind', 'scope', 'measure', 'per'] as const,
    registers,
    collect() {
      this.reset();
      for (const { count, ...labels } of sources.budgetAlerts()) this.inc({ ...labels }, count);
    },
  });
}
