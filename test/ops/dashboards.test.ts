import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, readYaml } from './files.js';
import { METRICS } from './metrics.js';
import { syntaxErrorsOf, unknownIn } from './promql.js';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly datasource: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

const folder = join(checkout, 'infra/grafana');
const dashboards = readdirSync(join(folder, 'dashboards'))
  .filter((file) => file.endsWith('.json'))
  .map((file) => [file, JSON.parse(readFileSync(join(folder, 'dashboards', file), 'utf8')) as Dashboard] as const);
const { datasources } = readYaml<{ datasources: { uid: string; type: string }[] }>(join(folder, 'provisioning/datasources/prometheus.yml'));

describe.each(dashboards)('%s', (_file, { panels }) => {
  const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

  test('asks only for what the service exports', () => {
    expect(queries.flatMap((query) => unknownIn(query).map((unknown) => `${unknown} in ${query}`))).toEqual([]);
  });

  test('asks in PromQL', () => {
    expect(syntaxErrorsOf(queries)).toBe('');
  });

  test('takes the provisioned data source', () => {
    const used = new Set(panels.flatMap(({ datasource, targets }) => [datasource.uid, ...targets.map((target) => target.datasource.uid)]));
    expect([...used]).toEqual(datasources.map(({ uid }) => uid));
  });

  test('has panels with ids of their own, side by side', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const overlapping = panels.flatMap((one) =>
      panels.filter((other) => one.id < other.id && overlap(one, other)).map(({ title }) => title),
    );
    expect(overlapping).toEqual([]);
  });
});

test('the oversell panel is the first thing on the sale dashboard, and the largest of its row', () => {
  const panels = dashboards.find(([file]) => file === 'sale.json')![1].panels;
  const [first, ...others] = panels;
  expect(first).toMatchObject({
    gridPos: { x: 0, y: 0 },
    targets: [{ expr: expect.stringContaining('flashsale_inventory_oversell_units') }],
  });
  const area = ({ gridPos }: Panel) => gridPos.w * gridPos.h;
  expect(others.every((panel) => area(panel) < area(first!))).toBe(true);
});

test('every metric of the service is on a dashboard', () => {
  expect(METRICS.length).toBeGreaterThan(15);
  const text = JSON.stringify(dashboards);
  expect(METRICS.filter(({ name }) => !text.includes(name))).toEqual([]);
});

test('a query for an unknown metric, an unknown label, or in no language at all is noticed', () => {
  expect(unknownIn('sum(flashsale_batch_latency_seconds)')).toEqual(['flashsale_batch_latency_seconds']);
  expect(unknownIn('sum by (sku_id) (flashsale_queue_depth{sku!="other"})')).toEqual(['sku_id']);
  expect(syntaxErrorsOf(['sum(rate(flashsale_queue_depth[$__rate_interval])'])).not.toBe('');
});

function overlap({ gridPos: one }: Panel, { gridPos: other }: Panel): boolean {
  return one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;
}
