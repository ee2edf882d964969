import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findOrBuilt } from '../../infra/local/programs.mjs';
import { profiles } from '../../loadtest/k6/profiles.js';
import { checkout } from './files.js';

const scripts = readdirSync(join(checkout, 'loadtest/k6/scripts'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace(/\.ts$/, ''));
test('the runner knows every script, and no other', () => {
  expect(Object.keys(profiles).sort()).toEqual([...scripts].sort());
});

describe.each(scripts)('%s', (script) => {
  test('k6 takes it, and it holds the service to its promises', () => {
    const { status, stdout, stderr } = spawnSync(
      findOrBuilt('k6') ?? 'k6',
      ['inspect', join(checkout, 'loadtest/k6/scripts', `${script}.ts`)],
      {
        encoding: 'utf8',
      },
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).thresholds).toEqual({
      'http_req_duration{name:reserve,expected_response:true}': ['p(95)<=120', 'p(99)<=200'],
      'http_req_failed{name:reserve}': ['rate<0.01'],
      dropped_iterations: [expect.stringMatching(/^count<=\d+$/)],
    });
  });
});
