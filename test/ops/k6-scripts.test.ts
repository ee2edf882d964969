import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findOrBuilt } from '../../infra/local/programs.mjs';
import { isProfile, isSearch, profiles } from '../../loadtest/k6/profiles.js';
import { checkout } from './files.js';

const scripts = readdirSync(join(checkout, 'loadtest/k6/scripts'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace(/\.ts$/, ''));
test('the runner knows every script, and no other', () => {
  expect(Object.keys(profiles).sort()).toEqual([...scripts].sort());
});

function inspected(script: string): Readonly<Record<string, readonly unknown[]>> {
  const path = join(checkout, 'loadtest/k6/scripts', `${script}.ts`);
  const { status, stdout, stderr } = spawnSync(findOrBuilt('k6') ?? 'k6', ['inspect', path], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout).thresholds;
}

const searches = scripts.filter((script) => isProfile(script) && isSearch(script));

test.each(scripts.filter((script) => !searches.includes(script)))('%s: k6 takes it, and it holds the service to its promises', (script) => {
  expect(inspected(script)).toEqual({
    'http_req_duration{name:reserve,expected_response:true}': ['p(95)<=120', 'p(99)<=200'],
    'http_req_failed{name:reserve}': ['rate<0.01'],
    dropped_iterations: [expect.stringMatching(/^count<=\d+$/)],
  });
});

test.each(searches)('%s: k6 takes it, and at every step it holds the service to the same promises, or ends', (script) => {
  const thresholds = inspected(script);
  const ending = (threshold: unknown) => ({ threshold, abortOnFail: true, delayAbortEval: expect.any(String) });
  const rates = Object.keys(thresholds).flatMap((metric) => /^iterations\{scenario:(rate-\d+)\}$/.exec(metric)?.[1] ?? []);
  expect(rates.length).toBeGreaterThan(3);
  expect(thresholds).toEqual(
    Object.assign(
      { 'http_req_duration{name:reserve,expected_response:true}': ['max>=0'] },
      ...rates.map((rate) => ({
        [`http_req_duration{name:reserve,expected_response:true,scenario:${rate}}`]: [ending('p(95)<=120'), ending('p(99)<=200')],
        [`http_req_failed{name:reserve,scenario:${rate}}`]: [ending('rate<0.01')],
        [`dropped_iterations{scenario:${rate}}`]: [ending(expect.stringMatching(/^count<=\d+$/))],
        [`iterations{scenario:${rate}}`]: ['count>=0'],
      })),
    ),
  );
});
