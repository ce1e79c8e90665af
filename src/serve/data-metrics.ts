import { Counter, type Registry } from 'prom-client';
import type { GateObserver } from '../enforce/gate/index.ts';

type Underway = Parameters<GateObserver['denied']>[0];
type Outcome = Parameters<GateObserver['finished']>[1];

/** Counts what was found in calls and answers and what was done about it: by class and action, both of closed sets. */
export function createDataMetrics(registry: Registry): {
  inspected(state: Underway): void;
  answered(state: Underway, outcome: Outcome): void;
} {
  const calls = new Counter({
    name: 'surety_data_calls_total',
    help: 'Calls looked into, by the highest class found and what was done.',
    labelNames: ['route', 'class', 'action'] as const,
    registers: [registry],
  });
  const answers = new Counter({
    name: 'surety_data_answers_total',
    help: 'Answers looked into, by the highest class found in them.',
    labelNames: ['route', 'class'] as const,
    registers: [registry],
  });
  return {
    inspected({ route, inspection }) {
      if (route && inspection)
        calls.labels(route.name, inspection.dataClass ?? 'none', inspection.action).inc();
    },
    answered({ route }, { answerData }) {
      if (route && answerData) answers.labels(route.name, answerData.dataClass ?? 'none').inc();
    },
  };
}
