import { Counter, Gauge, type Registry } from 'prom-client';
import { type CaptureStatus, dropReasons, type Keeping } from '../enforce/privacy/index.ts';

/** What is known of personal data, as of the last look. */
export interface KeepingFigures {
  readonly cases: ReturnType<Keeping['caseFigures']>;
  readonly capture: CaptureStatus;
  readonly retention: Keeping['retention']['figures'];
  /** Whether the clock is not trusted to say what is past its time. */
  readonly clockHeld: boolean;
  /** Data keys in the vault. */
  readonly keys: number;
  /** Erasures that were begun and could not be finished yet. */
  readonly erasuresUnfinished: number;
}

/** Metrics about personal data: counts by class and reason, and nothing about whom. */
export function addKeepingMetrics(registry: Registry, read: () => KeepingFigures): void {
  const registers = [registry];
  const gauge = (name: string, help: string, value: (figures: KeepingFigures) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value(read()));
      },
    });
  const byClass = (
    name: string,
    help: string,
    value: (figure: KeepingFigures['retention'][number]) => number,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: ['class'] as const,
      registers,
      collect() {
        this.reset();
        for (const figure of read().retention) this.labels(figure.name).set(value(figure));
      },
    });
  gauge('surety_cases_open', 'Requests of data subjects that are not answered.', ({ cases }) => cases.open);
  gauge('surety_cases_overdue', 'Of these: past the time the law sets.', ({ cases }) => cases.overdue);
  gauge('surety_captured_bytes', 'Captured content in the store, sealed.', ({ capture }) => capture.bytes);
  gauge(
    'surety_captured_waiting',
    'Captured records on their way to the store.',
    ({ capture }) => capture.waiting,
  );
  gauge('surety_data_keys', 'Data keys wrapped under the master key.', ({ keys }) => keys);
  gauge(
    'surety_erasures_unfinished',
    'Erasures that were begun and could not be finished yet.',
    ({ erasuresUnfinished }) => erasuresUnfinished,
  );
  byClass('surety_retention_due', 'Things past their time, and still there.', ({ due }) => due);
  byClass('surety_retention_overdue', 'Of these: for longer than sweeps take.', ({ overdue }) => overdue);
  byClass('surety_retention_failed', '1 where the last sweep failed.', ({ problem }) =>
    Number(problem !== undefined),
  );
  gauge(
    'surety_retention_clock_held',
    '1 while the clock is far from the time last seen, and nothing is destroyed by its age.',
    ({ clockHeld }) => Number(clockHeld),
  );
  registry.registerMetric(droppedCounter(read));
}

function droppedCounter(read: () => KeepingFigures): Counter {
  return new Counter({
    name: 'surety_capture_dropped_total',
    help: 'Prompts and answers that were to be kept and could not be, by cause.',
    labelNames: ['cause'] as const,
    registers: [],
    collect() {
      this.reset();
      const { dropped } = read().capture;
      for (const cause of dropReasons) this.inc({ cause }, dropped[cause]);
    },
  });
}
