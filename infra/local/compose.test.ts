import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chooseServers } from './choose.mjs';
import { bareCheckout, scratchFolders, writeProgram } from './testing/scratch.js';
import { until } from './testing/until.js';

const scratchFolder = scratchFolders(afterAll);

const path = process.env.PATH ?? '';
const given = ['FLASHSALE_DATABASE_URL', 'FLASHSALE_KAFKA_BROKERS', 'FLASHSALE_REDIS_URL', 'FLASHSALE_STACK'] as const;
const kept = given.map((name) => process.env[name]);

beforeEach(() => {
  for (const name of given) delete process.env[name];
});

afterAll(() => {
  process.env.PATH = path;
  given.forEach((name, at) => {
    if (kept[at] !== undefined) process.env[name] = kept[at];
  });
});

/** A client that answers as the lines say and notes what it was asked. */
function fakeDocker(lines: string[]): { folder: string; asked: () => string } {
  const folder = scratchFolder();
  const log = join(folder, 'asked');
  writeProgram(join(folder, 'docker'), [`echo "$FLASHSALE_KAFKA_PORT $*" >> ${log}`, ...lines]);
  return { folder, asked: () => (existsSync(log) ? readFileSync(log, 'utf8') : '') };
}

describe('the choice of servers', () => {
  test('is made for each by itself: named ones first, then an engine that answers', async () => {
    process.env.PATH = [fakeDocker(['echo 29.0']).folder, path].join(delimiter);
    process.env.FLASHSALE_REDIS_URL = 'redis://elsewhere';
    expect(await chooseServers()).toEqual({
      postgres: { source: 'docker' },
      kafka: { source: 'docker' },
      redis: { source: 'given', url: 'redis://elsewhere' },
    });
  });

  test.each([
    ['says no', ['exit 1']],
    ['answers nothing', ['exit 0']],
    ['does not answer in time', ['exec sleep 60']],
  ])('falls back to processes when the engine %s', async (_what, lines) => {
    process.env.PATH = [fakeDocker(lines).folder, path].join(delimiter);
    const started = Date.now();
    expect(await chooseServers()).toMatchObject({ postgres: { source: 'process' }, kafka: { source: 'process' } });
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  test('asks no engine when processes are wanted', async () => {
    const docker = fakeDocker(['echo 29.0']);
    process.env.PATH = [docker.folder, path].join(delimiter);
    process.env.FLASHSALE_STACK = 'processes';
    expect(await chooseServers()).toMatchObject({ kafka: { source: 'process' } });
    expect(docker.asked()).toBe('');
  });
});

test('a compose project gets other ports when one is taken, and goes down when its launcher is killed', async () => {
  const checkout = bareCheckout(scratchFolder());
  writeFileSync(join(checkout, 'docker-compose.yml'), '');
  const docker = fakeDocker([
    'case "$*" in *" up "*)',
    `  [ -e ${checkout}/second ] || { touch ${checkout}/second; echo "Bind for 127.0.0.1 failed: port is already allocated" >&2; exit 1; } ;;`,
    'esac',
    'echo ok',
  ]);
  const code = `
    import { startServers } from ${JSON.stringify(join(checkout, 'infra/local/servers.mjs'))};
    const servers = await startServers({ instance: 'demo' });
    console.log('STARTED ' + servers.kafkaBrokers);
    setInterval(() => {}, 1000);
  `;
  const launcher = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { PATH: [docker.folder, path].join(delimiter) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  launcher.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await until('the servers are up', () => output.includes('STARTED'));
  const [first, second, ...more] = docker
    .asked()
    .split('\n')
    .filter((line) => line.includes(' up '));
  expect(more).toEqual([]);
  expect(second).toMatch(/ compose -f .*docker-compose.yml -p flashsale-[0-9a-f]{8}-demo up -d --wait postgres kafka redis$/);
  expect(first?.split(' ')[0]).not.toBe(second?.split(' ')[0]);
  expect(output).toContain(`STARTED 127.0.0.1:${second?.split(' ')[0]}\n`);

  expect(docker.asked()).not.toContain(' down ');
  launcher.kill('SIGKILL');
  await once(launcher, 'exit');
  await until('the project is taken down', () => docker.asked().includes('-demo down '));
});
