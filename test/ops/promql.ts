import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SERIES } from './metrics.js';

/** Parses the queries as Prometheus does: promtool reads them as recording rules. Answers its complaints, '' when there are none. */
export function syntaxErrorsOf(queries: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'flashsale-promql-'));
  try {
    const file = join(folder, 'queries.yml');
    const rules = queries.map((query, index) => ({ record: `query:${index}`, expr: withoutVariables(query) }));
    writeFileSync(file, stringify({ groups: [{ name: 'queries', rules }] }));
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    return status === 0 ? '' : `${stdout}${stderr}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Names and labels that the service does not export; a typing error gives an empty panel and no other sign. */
export function unknownIn(query: string): string[] {
  const names = [...query.matchAll(/\bflashsale_\w+/g)].map(([name]) => name);
  const known = names.flatMap((name) => SERIES.get(name) ?? []);
  const labels = new Set(['le', 'job', 'instance', ...known.flatMap(({ labels }) => labels)]);
  return [...names.filter((name) => !SERIES.has(name)), ...labelsIn(query).filter((label) => !labels.has(label))];
}

function labelsIn(query: string): string[] {
  const grouped = [...query.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(','));
  const selected = [...query.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label);
  return [...grouped, ...selected].map((label) => label.trim()).filter((label) => label !== '');
}

function withoutVariables(query: string): string {
  return query.replaceAll('$__rate_interval', '1m').replaceAll('$__interval', '1m').replaceAll('$__range', '1h');
}
