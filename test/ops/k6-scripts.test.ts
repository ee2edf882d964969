import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../infra/local/programs.mjs';
import { profiles } from '../../loadtest/k6/profiles.js';
import { checkout } from './files.js';

const scripts = readdirSync(join(checkout, 'loadtest/k6/scripts'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace(/\.ts$/, ''));
const built = join(checkout, '.flashsale/bin/k6');
const k6 = findProgram('k6') ?? (existsSync(built) ? built : null);

test('the runner knows every script, and no other', () => {
  expect(Object.keys(profiles).sort()).toEqual([...scripts].sort());
});

// k6 takes 90 s to build where it is not installed; `npm run load` does that, and then these run too.
(k6 === null ? describe.skip : describe).each(scripts)('%s', (script) => {
  test('k6 takes it, and it holds the service to its promises', () => {
    const { status, stdout, stderr } = spawnSync(k6!, ['inspect', join(checkout, 'loadtest/k6/scripts', `${script}.ts`)], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).thresholds).toEqual({
      'http_req_duration{name:reserve,expected_response:true}': ['p(95)<=120', 'p(99)<=200'],
      'http_req_failed{name:reserve}': ['rate<0.01'],
      dropped_iterations: [expect.stringMatching(/^count<=\d+$/)],
    });
  });
});
