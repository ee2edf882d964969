import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, stateFolder } from './checkout.mjs';
import { openInstance } from './instance.mjs';
import { identify } from './process-identity.mjs';
import { until } from './testing/until.js';

const name = `unit-instance-${process.pid}`;

afterAll(() => {
  for (const each of [name, `${name}-2`]) rmSync(join(stateFolder, each), { recursive: true, force: true });
});

test('a second launcher is told who holds the instance, or takes the next one', async () => {
  const first = await openInstance(name);
  await expect(openInstance(name)).rejects.toThrow(new RegExp(`\`npm run ${name}\` .* \\(process ${process.pid}, since .*\\) and holds`));
  const second = await openInstance(name, { another: true });
  expect([first.name, second.name]).toEqual([name, `${name}-2`]);
  first.release();
  second.release();
  (await openInstance(name)).release();
});

test('what survived a launcher and its guard, both killed, is ended by the next launcher', async () => {
  const pidFile = join(stateFolder, name, 'pids', 'sleeper');
  mkdirSync(join(stateFolder, name, 'pids'), { recursive: true });
  const code = `
    import { spawnGuarded } from ${JSON.stringify(join(checkout, 'infra/local/processes.mjs'))};
    await spawnGuarded('/bin/sleep', ['7777'], { pidFile: ${JSON.stringify(pidFile)} });
  `;
  const launcher = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' });
  await until('the child is noted', () => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '');
  const { guard, child } = JSON.parse(readFileSync(pidFile, 'utf8'));
  // Stopped first, so that neither can act on the other's end.
  process.kill(Number.parseInt(guard, 10), 'SIGKILL');
  launcher.kill('SIGKILL');
  const instance = await openInstance(name);
  instance.release();
  expect(identify(Number.parseInt(child, 10))).toBeNull();
  expect(existsSync(pidFile)).toBe(false);
});
