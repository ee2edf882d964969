import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bareCheckout, scratchFolders, writeProgram } from './testing/scratch.js';

const scratchFolder = scratchFolders(afterAll);
const fresh = bareCheckout(scratchFolder());

/** The launcher in a clone that has nothing, with a PATH that has no more than the test puts there. */
function run(args: string[], path: string, env: Record<string, string> = {}) {
  const command = [join(fresh, 'infra/local/run.mjs'), ...args];
  return spawnSync(process.execPath, command, { encoding: 'utf8', env: { PATH: path, ...env } });
}

test('an unknown command gets the list of commands', () => {
  const { status, stderr } = run(['strat'], scratchFolder());
  expect(status).toBe(64);
  expect(stderr).toMatch(/unknown command "strat"/);
  for (const name of ['setup', 'start', 'dev', 'demo', 'bench', 'load', 'test']) expect(stderr).toMatch(new RegExp(`^ {2}${name} `, 'm'));
});

test('a name that every object has is no command', () => {
  expect(run(['constructor'], scratchFolder()).status).toBe(64);
});

test('all that is missing is named in one message, with what to install', () => {
  const { status, stderr, stdout } = run(['demo'], scratchFolder());
  expect(status).toBe(69);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/: 3 things are missing/);
  expect(stderr).toMatch(/- npm /);
  expect(stderr).toMatch(/- Java 17 or newer.*apt-get install openjdk-17/);
  expect(stderr).toMatch(/- Maven, which fetches Kafka and Redis: apt-get install maven/);
  expect(stderr).toMatch(/FLASHSALE_DATABASE_URL, FLASHSALE_KAFKA_BROKERS, FLASHSALE_REDIS_URL/);
  expect(stderr).not.toMatch(/ at .*\.mjs/);
});

test.each([
  ['openjdk version "11.0.2" 2019-01-15', 'Java 11'],
  ['java version "1.8.0_402"', 'Java 8'],
])('a Java too old is named with its version: %s', (says, name) => {
  const path = scratchFolder();
  writeProgram(join(path, 'java'), [`echo '${says}' >&2`]);
  for (const program of ['npm', 'mvn']) writeProgram(join(path, program), ['exit 1']);
  const { status, stderr } = run(['test'], path);
  expect(status).toBe(69);
  expect(stderr).toMatch(/one thing is missing/);
  expect(stderr).toContain(`${path}/java is ${name}`);
});

test('servers named by the environment need no tools of their own', () => {
  const { status, stderr } = run(['setup'], scratchFolder(), {
    FLASHSALE_DATABASE_URL: 'postgres://localhost/x',
    FLASHSALE_KAFKA_BROKERS: 'localhost:9092',
    FLASHSALE_REDIS_URL: 'redis://localhost',
  });
  expect(status).toBe(69);
  expect(stderr).toMatch(/one thing is missing.*\n.*- npm /);
});

test('FLASHSALE_STACK with a typing error is refused, and docker without an engine is too', () => {
  expect(run(['setup'], scratchFolder(), { FLASHSALE_STACK: 'dokcer' })).toMatchObject({ status: 64 });
  const { status, stderr } = run(['setup'], scratchFolder(), { FLASHSALE_STACK: 'docker' });
  expect(status).toBe(69);
  expect(stderr).toMatch(/no Docker engine/);
});
