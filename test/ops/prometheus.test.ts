import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, readYaml } from './files.js';
import { unknownIn } from './promql.js';

const folder = join(checkout, 'infra/prometheus');
const ruleFiles = yamlFilesIn('rules');
const testFiles = yamlFilesIn('tests');

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}
interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Alert[] }[];
}
interface TestFile {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] | null }[];
  }[];
}

const alerts = ruleFiles.flatMap((file) => readYaml<RuleFile>(file).groups.flatMap(({ rules }) => rules)).filter(({ alert }) => alert);
const cases = testFiles.flatMap((file) => readYaml<TestFile>(file).tests.flatMap(({ alert_rule_test = [] }) => alert_rule_test));

test('promtool takes the configuration, and finds its rule files', () => {
  expect(promtool('check', 'config', join(folder, 'prometheus.yml'))).toMatch(new RegExp(`SUCCESS: ${ruleFiles.length} rule files found`));
});

test.each(ruleFiles)('promtool takes the rules of %s', (file) => {
  expect(promtool('check', 'rules', file)).toContain('SUCCESS');
});

test.each(testFiles)('the cases of %s hold', (file) => {
  expect(promtool('test', 'rules', file)).toContain('SUCCESS');
});

describe.each(alerts.map((alert) => [alert.alert, alert] as const))('%s', (name, alert) => {
  test('has a case in which it fires and one in which it stays silent', () => {
    const own = cases.filter(({ alertname }) => alertname === name);
    expect(own.filter(({ exp_alerts }) => exp_alerts?.length)).not.toHaveLength(0);
    expect(own.filter(({ exp_alerts }) => !exp_alerts?.length)).not.toHaveLength(0);
  });

  test('asks for what the service exports', () => {
    expect(unknownIn(alert.expr)).toEqual([]);
  });

  test('says how bad it is, what it is, and where to read on', () => {
    expect(alert.labels.priority).toMatch(/^P[0-2]$/);
    expect(alert.labels.severity).toMatch(/^(page|ticket)$/);
    expect(alert.annotations.summary).toBeTruthy();
    expect(existsSync(join(checkout, alert.annotations.runbook_url ?? 'missing'))).toBe(true);
  });
});

test('a unit too many pages at once', () => {
  const oversell = alerts.find(({ alert }) => alert === 'OversellDetected');
  expect(oversell).toMatchObject({ for: '0s', labels: { severity: 'page', priority: 'P0' } });
  expect(oversell?.expr).toBe('flashsale_inventory_oversell_units > 0');
});

function promtool(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return status === 0 ? `${stdout}${stderr}` : `promtool failed:\n${stdout}${stderr}`.replaceAll('SUCCESS', 'success');
}

function yamlFilesIn(name: string): string[] {
  return readdirSync(join(folder, name))
    .filter((file) => file.endsWith('.yml'))
    .map((file) => join(folder, name, file));
}
