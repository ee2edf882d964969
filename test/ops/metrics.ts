import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createMetrics } from '../../src/telemetry/metrics.js';

interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** What a query may select or group by, besides `le`, `job` and `instance`. */
  readonly labels: readonly string[];
}

/** What the service exports, from the service itself. */
export const METRICS: readonly Metric[] = exported().filter(({ name }) => name.startsWith('flashsale_'));

/** Every time series name that exists because of these. */
export const SERIES: ReadonlyMap<string, Metric> = new Map(
  METRICS.flatMap((metric) => {
    const parts = metric.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    return parts.map((part) => [`${metric.name}${part}`, metric] as const);
  }),
);

function exported(): Metric[] {
  const registry = new Registry();
  createMetrics(registry);
  return registry.getMetricsAsArray().map((metric) => {
    // prom-client's types do not name it; every metric keeps its labels here.
    const { labelNames = [] } = metric as { labelNames?: readonly string[] };
    return { name: metric.name, type: typeOf(metric), labels: labelNames };
  });
}

function typeOf(metric: object): Metric['type'] {
  if (metric instanceof Counter) return 'counter';
  if (metric instanceof Gauge) return 'gauge';
  if (metric instanceof Histogram) return 'histogram';
  throw new Error('a type of metric that no query here knows how to ask for');
}
