import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client';
import { SHED_REASONS } from './load-metrics.js';
import { createMetrics, createRegistry, type Metrics } from './metrics.js';
import { type MetricsServer, serveMetrics } from './metrics-server.js';

let registry: Registry;
let metrics: Metrics;

beforeEach(() => {
  registry = createRegistry();
  metrics = createMetrics(registry);
});

afterEach(() => registry.clear());

/** The value of a series as it is scraped. */
async function scraped(series: string): Promise<string | undefined> {
  const line = (await registry.metrics()).split('\n').find((each) => each.startsWith(`${series} `));
  return line?.slice(series.length + 1);
}

test.each([
  'flashsale_batch_processed_total{result="lost"}',
  'flashsale_decisions_total{outcome="REFUSED",reason="SOLD_OUT"}',
  'flashsale_decisions_total{outcome="REFUSED",reason="INVALID_WINDOW"}',
  'flashsale_decisions_total{outcome="RESERVED",reason="none"}',
  'flashsale_admission_cache_total{result="bypassed"}',
  'flashsale_kafka_publish_total{result="ambiguous"}',
  'flashsale_inventory_oversell_units',
  'flashsale_queue_depth{sku="other"}',
])('%s is 0 from the start', async (series) => {
  expect(await scraped(series)).toBe('0');
});

test.each([
  ['flashsale_batch_processed_total', ['committed', 'lost', 'stale', 'failed']],
  ['flashsale_admission_cache_total', ['hit', 'miss', 'refused', 'limited', 'queue', 'bypassed']],
  ['flashsale_kafka_publish_total', ['acknowledged', 'ambiguous', 'expired', 'shed']],
])('%s has these results and no other', async (name, results) => {
  const { values } = (await registry.getMetricsAsJSON()).find((metric) => metric.name === name) as MetricObjectWithValues<
    MetricValue<'result'>
  >;
  expect(values.map(({ labels, value }) => [labels.result, value])).toEqual(results.map((result) => [result, 0]));
  const { help } = registry.getSingleMetric(name) as unknown as { help: string };
  for (const result of results) expect(help).toContain(result);
});

test('5, 10, 15 and 20 ms fall into buckets of their own', async () => {
  for (const seconds of [0.0049, 0.0099, 0.0149, 0.0199]) metrics.decisionLatency.observe(seconds);
  for (const [limit, count] of [
    ['0.005', '1'],
    ['0.01', '2'],
    ['0.015', '3'],
    ['0.02', '4'],
  ])
    expect(await scraped(`flashsale_decision_latency_seconds_bucket{le="${limit}"}`)).toBe(count);
});

test('queue depths are asked for at the scrape, 20 SKUs and the rest', async () => {
  metrics.queueDepthFrom(() => Array.from({ length: 25 }, (_, i) => [`sku-${i}`, i + 1] as const));
  expect(await scraped('flashsale_queue_depth{sku="sku-24"}')).toBe('25');
  expect(await scraped('flashsale_queue_depth{sku="sku-4"}')).toBeUndefined();
  expect(await scraped('flashsale_queue_depth{sku="other"}')).toBe(String(1 + 2 + 3 + 4 + 5));
  metrics.queueDepthFrom(() => []);
  expect(await scraped('flashsale_queue_depth{sku="sku-24"}')).toBeUndefined();
});

test('what is turned away is counted from zero for each reason, and the load is asked for at the scrape', async () => {
  const values = (await registry.getSingleMetric('flashsale_shed_total')?.get())?.values as MetricValue<'reason'>[];
  expect(values.map(({ labels, value }) => [labels.reason, value])).toEqual(SHED_REASONS.map((reason) => [reason, 0]));
  const { help } = registry.getSingleMetric('flashsale_shed_total') as unknown as { help: string };
  for (const reason of SHED_REASONS) expect(help).toContain(`${reason} (`);
  metrics.httpLoadFrom(() => ({ reservations: 3, waits: 2, connections: 9 }));
  const load = (await registry.getSingleMetric('flashsale_http_load')?.get())?.values as MetricValue<'kind'>[];
  expect(load.map(({ labels, value }) => [labels.kind, value])).toEqual([
    ['reservations', 3],
    ['waits', 2],
    ['connections', 9],
  ]);
});

test('every metric of ours says what it counts', async () => {
  const ours = (await registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith('flashsale_'));
  expect(ours).toHaveLength(28);
  for (const { help } of ours) expect(help.length).toBeGreaterThan(20);
});

describe('the metrics server', () => {
  let server: MetricsServer;
  const silent = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent };

  beforeEach(async () => {
    server = await serveMetrics(registry, { host: '127.0.0.1', port: 0 }, silent);
  });
  afterEach(() => server.close());

  test('answers /metrics, and nothing else', async () => {
    const url = `http://127.0.0.1:${server.port}`;
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await answer.text()).toContain('process_cpu_seconds_total');
    expect((await fetch(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
  });

  test('a port that is taken is an error of the start', async () => {
    await expect(serveMetrics(registry, { host: '127.0.0.1', port: server.port }, silent)).rejects.toThrow('EADDRINUSE');
  });
});
