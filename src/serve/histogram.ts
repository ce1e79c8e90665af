import type { Metric, Registry } from 'prom-client';

/** How often values fell into which bucket. Adding one is a search among a dozen numbers and three additions. */
export interface Distribution {
  /** Upper bounds, ascending; one more bucket takes what lies above the last. */
  readonly bounds: readonly number[];
  observe(value: number): void;
  /** Counts by bucket, not cumulative: one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

export function createDistribution(bounds: readonly number[]): Distribution {
  const counts = Array.from({ length: bounds.length + 1 }, () => 0);
  let sum = 0;
  return {
    bounds,
    counts,
    observe(value) {
      let bucket = 0;
      while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
      counts[bucket] = (counts[bucket] as number) + 1;
      sum += value;
    },
    get sum() {
      return sum;
    },
  };
}

type Labels = Readonly<Record<string, string>>;

export interface HistogramSource {
  readonly name: string;
  readonly help: string;
  /** The distributions there are now; several of the same labels are added up. */
  read(): readonly { readonly labels: Labels; readonly distribution: Distribution }[];
}

/** One line of the text format. */
interface Sample {
  readonly metricName: string;
  readonly labels: Labels;
  readonly value: number;
}

/** A histogram of Prometheus's text format over distributions kept elsewhere. */
export function registerHistogram(registry: Registry, { name, help, read }: HistogramSource): void {
  const metric = {
    name,
    help,
    async get() {
      return {
        name,
        help,
        type: 'histogram',
        values: sumByLabels(read()).flatMap(samples),
        aggregator: 'sum',
      };
    },
  };
  // All that a registry asks of a metric is its name and `get`; the declared type is that of the library's own classes.
  registry.registerMetric(metric as unknown as Metric);

  function samples({ labels, counts, sum, bounds }: Summed): Sample[] {
    let total = 0;
    const buckets = counts.map((count, bucket): Sample => {
      total += count;
      const le = bucket < bounds.length ? String(bounds[bucket]) : '+Inf';
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: total };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: total },
    ];
  }
}

interface Summed {
  readonly labels: Labels;
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

function sumByLabels(parts: ReturnType<HistogramSource['read']>): readonly Summed[] {
  const sums = new Map<string, Summed>();
  for (const { labels, distribution } of parts) {
    const { bounds, counts, sum } = distribution;
    if (counts.every((count) => count === 0)) continue;
    const key = JSON.stringify(labels);
    const known = sums.get(key);
    sums.set(key, {
      labels,
      bounds,
      counts: counts.map((count, bucket) => count + (known?.counts[bucket] ?? 0)),
      sum: sum + (known?.sum ?? 0),
    });
  }
  return [...sums.values()];
}
