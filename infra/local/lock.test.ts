import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './checkout.mjs';
import { lockWhenFree, tryLock } from './lock.mjs';
import { identify } from './process-identity.mjs';
import { scratchFolders } from './testing/scratch.js';

const scratchFolder = scratchFolders(afterAll);
const scratch = scratchFolder();

function lockOf(holder: object): string {
  const path = join(scratch, `lock-${Math.random()}`);
  writeFileSync(path, JSON.stringify({ command: 'npm run x', since: 'then', ...holder }));
  return path;
}

/** A pid that was in use a moment ago and is free now. */
async function deadPid(): Promise<number> {
  const child = spawn('/bin/true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('a live holder keeps it, and is named', () => {
  const path = join(scratch, 'live');
  const lock = tryLock(path, 'npm run demo');
  expect(tryLock(path, 'npm run demo')).toMatchObject({ pid: process.pid, command: 'npm run demo' });
  if ('release' in lock) lock.release();
  expect(existsSync(path)).toBe(false);
});

test('a dead holder loses it', async () => {
  const pid = await deadPid();
  expect(tryLock(lockOf({ pid, identity: `${pid}@1` }), 'x')).toHaveProperty('release');
});

test('a living process that only has the pid of the dead holder does not keep it', () => {
  expect(identify(process.pid)).toMatch(new RegExp(`^${process.pid}@`));
  expect(tryLock(lockOf({ pid: process.pid, identity: `${process.pid}@1` }), 'x')).toHaveProperty('release');
});

test('a lock file that cannot be read is stale', () => {
  const path = join(scratch, 'torn');
  writeFileSync(path, '{"pid":');
  expect(tryLock(path, 'x')).toHaveProperty('release');
});

test('release leaves the lock of a successor alone', () => {
  const path = join(scratch, 'successor');
  const lock = tryLock(path, 'x');
  writeFileSync(path, JSON.stringify({ pid: 1, identity: '1@1' }));
  if ('release' in lock) lock.release();
  expect(existsSync(path)).toBe(true);
});

test('of many processes that find it stale, one gets it', async () => {
  const path = lockOf({ pid: 1, identity: '1@1' });
  const wins = join(scratch, 'wins');
  const code = `
    import { appendFileSync } from 'node:fs';
    import { tryLock } from ${JSON.stringify(join(checkout, 'infra/local/lock.mjs'))};
    // All begin at the same moment and stay, so that a later one does not find a dead winner.
    process.stdin.once('data', () => {
      const lock = tryLock(${JSON.stringify(path)}, 'race');
      if ('release' in lock) appendFileSync(${JSON.stringify(wins)}, process.pid + '\\n');
      process.stdout.write('done');
    });
    process.stdout.write('ready');
  `;
  const racers = Array.from({ length: 8 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  await Promise.all(racers.map((racer) => once(racer.stdout, 'data')));
  const done = racers.map((racer) => once(racer.stdout, 'data'));
  for (const racer of racers) racer.stdin.write('go');
  await Promise.all(done);
  for (const racer of racers) racer.kill('SIGKILL');
  expect(readFileSync(wins, 'utf8').trim().split('\n')).toHaveLength(1);
});

test('lockWhenFree waits for the holder, and says so once', async () => {
  const path = join(scratch, 'wait');
  const first = await lockWhenFree(path, 'first', () => {});
  const told: string[] = [];
  const second = lockWhenFree(path, 'second', ({ command }) => {
    told.push(command);
    first.release();
  });
  (await second).release();
  expect(told).toEqual(['first']);
});
