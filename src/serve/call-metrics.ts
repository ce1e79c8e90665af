import { Counter, type Registry } from 'prom-client';
import { beyondReserved, type GateObserver } from '../enforce/gate/index.ts';
import { createDataMetrics } from './data-metrics.ts';
import { createDistribution, type Distribution, registerHistogram } from './histogram.ts';

const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

type Finished = Parameters<GateObserver['finished']>;
type Result = Finished[1]['result'];

/** What is added up for the calls of one route, operation and model. */
interface Tally {
  readonly route: string;
  readonly operation: string;
  readonly genAi: GenAiLabels;
  readonly results: Record<Result, number>;
  readonly duration: Distribution;
  readonly firstByte: Distribution;
  input: number;
  output: number;
  costNanoUsd: number;
}

// A type alias, not an interface: prom-client asks for an index signature.
type GenAiLabels = {
  readonly gen_ai_operation_name: string;
  readonly gen_ai_provider_name: string;
  readonly gen_ai_request_model: string;
};

/**
 * Counts calls. On the path of every call only numbers are added up; labels are put to them when somebody asks. (A library's look-up of a
 * series by its labels costs more than a step of the pipeline.) Label values come from closed sets only.
 */
export function createCallMetrics(registry: Registry): GateObserver {
  const tallies = createTallies();
  const tries = new Map<string, number>();
  const overruns = new Map<string, number>();
  const denials = new Counter({
    name: 'surety_denials_total',
    help: 'Calls refused, by reason (a fault code).',
    labelNames: ['route', 'reason'] as const,
    registers: [registry],
  });
  const data = createDataMetrics(registry);
  registerCounters(registry, { tallies: tallies.all, tries, overruns });
  registerDistributions(registry, tallies.all);
  return {
    denied(state, denied) {
      denials.labels((denied.route ?? state.route)?.name ?? 'none', denied.fault.code).inc();
      data.inspected(state);
    },
    finished(state, outcome, durationMs) {
      data.inspected(state);
      data.answered(state, outcome);
      const tally = tallies.of(state);
      tally.results[outcome.result] += 1;
      tally.duration.observe(durationMs / 1000);
      if (outcome.firstByteMs !== undefined) tally.firstByte.observe(outcome.firstByteMs / 1000);
      tally.input += outcome.usage.input;
      tally.output += outcome.usage.output;
      tally.costNanoUsd += outcome.costNanoUsd;
      const beyond = beyondReserved(state, outcome);
      if (beyond !== undefined && outcome.upstream !== undefined)
        overruns.set(outcome.upstream, (overruns.get(outcome.upstream) ?? 0) + beyond);
      if (outcome.upstream !== undefined)
        tries.set(outcome.upstream, (tries.get(outcome.upstream) ?? 0) + outcome.tries);
    },
  };
}

/** A model that only a pattern of the policy serves counts under `other`: the caller chose its name. */
function modelLabel(model: string | undefined, known: readonly string[]): string {
  if (model === undefined) return 'none';
  return known.includes(model) ? model : 'other';
}

function getOrSet<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function createTallies() {
  const byRoute = new Map<string, Map<string, Map<string, Tally>>>();
  const all: Tally[] = [];

  const create = ({ route, operation }: Finished[0], model: string): Tally => {
    const tally: Tally = {
      route: route.name,
      operation: operation.operation.name,
      genAi: {
        gen_ai_operation_name: operation.operation.telemetry,
        gen_ai_provider_name: route.wire.provider,
        gen_ai_request_model: model,
      },
      results: { succeeded: 0, failed: 0, cancelled: 0, cut: 0 },
      duration: createDistribution(durationBuckets),
      firstByte: createDistribution(durationBuckets),
      input: 0,
      output: 0,
      costNanoUsd: 0,
    };
    all.push(tally);
    return tally;
  };

  return {
    all: all as readonly Tally[],
    of(state: Finished[0]): Tally {
      const { route, operation } = state;
      const model = modelLabel(state.model, route.modelNames);
      const byOperation = getOrSet(byRoute, route.name, () => new Map<string, Map<string, Tally>>());
      const byModel = getOrSet(byOperation, operation.operation.name, () => new Map<string, Tally>());
      return getOrSet(byModel, model, () => create(state, model));
    },
  };
}

function registerCounters(
  registry: Registry,
  {
    tallies,
    tries,
    overruns,
  }: {
    readonly tallies: readonly Tally[];
    readonly tries: ReadonlyMap<string, number>;
    readonly overruns: ReadonlyMap<string, number>;
  },
): void {
  const counter = <Label extends string>(
    [name, help, labelNames]: readonly [string, string, readonly Label[]],
    add: (counter: Counter<Label>) => void,
  ) =>
    new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        add(this);
      },
    });
  counter(
    ['surety_calls_total', 'Calls let through, by how they ended.', ['route', 'operation', 'result']],
    (calls) => {
      for (const { route, operation, results } of tallies)
        for (const [result, count] of Object.entries(results))
          if (count > 0) calls.inc({ route, operation, result }, count);
    },
  );
  counter(
    ['surety_upstream_tries_total', 'Requests to AI services, retries included.', ['upstream']],
    (sent) => {
      for (const [upstream, count] of tries) sent.inc({ upstream }, count);
    },
  );
  counter(
    [
      'surety_tokens_beyond_reserved_total',
      'Tokens that services used beyond the maximum they were told.',
      ['upstream'],
    ],
    (beyond) => {
      for (const [upstream, count] of overruns) beyond.inc({ upstream }, count);
    },
  );
  counter(
    [
      'gen_ai_client_token_usage_total',
      'Tokens used, as the service said or else as estimated.',
      ['gen_ai_request_model', 'gen_ai_token_type'],
    ],
    (tokens) => {
      for (const { genAi, input, output } of tallies) {
        const { gen_ai_request_model } = genAi;
        tokens.inc({ gen_ai_request_model, gen_ai_token_type: 'input' }, input);
        tokens.inc({ gen_ai_request_model, gen_ai_token_type: 'output' }, output);
      }
    },
  );
  counter(
    ['surety_cost_usd_total', 'Cost of calls by the prices of the policy.', ['gen_ai_request_model']],
    (cost) => {
      for (const { genAi, costNanoUsd } of tallies)
        cost.inc({ gen_ai_request_model: genAi.gen_ai_request_model }, costNanoUsd / 1e9);
    },
  );
}

function registerDistributions(registry: Registry, tallies: readonly Tally[]): void {
  registerHistogram(registry, {
    name: 'gen_ai_server_request_duration_seconds',
    help: 'From the head of a call to the end of its answer.',
    read: () => tallies.map(({ genAi, duration }) => ({ labels: genAi, distribution: duration })),
  });
  registerHistogram(registry, {
    name: 'gen_ai_server_time_to_first_token_seconds',
    help: 'From the head of a call to the head of the answer from the service.',
    read: () => tallies.map(({ genAi, firstByte }) => ({ labels: genAi, distribution: firstByte })),
  });
}
