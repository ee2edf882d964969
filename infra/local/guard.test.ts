import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkout, stateFolder } from './checkout.mjs';
import { identify } from './process-identity.mjs';
import { spawnGuarded } from './processes.mjs';
import { scratchFolders } from './testing/scratch.js';
import { until } from './testing/until.js';

const scratchFolder = scratchFolders(afterAll);
const scratch = scratchFolder();
const distFolder = join(stateFolder, `unit-guard-${process.pid}`);
afterAll(() => rmSync(distFolder, { recursive: true, force: true }));
let files = 0;
const newFile = () => join(scratch, `pids-${++files}`);

/** A child with a grandchild in its group; both write their pids, one a line. */
const family = (file: string) => `sleep 7777 & echo "$$ $!" > ${file}.draft; mv ${file}.draft ${file}; wait`;

async function pidsIn(file: string): Promise<number[]> {
  await until(`${file} is there`, () => existsSync(file));
  return readFileSync(file, 'utf8').trim().split(' ').map(Number);
}

const gone = (pid: number) => identify(pid) === null;

/** A launcher of its own, so that it can be killed. It prints the pid that spawnGuarded gave it. */
async function launch(file: string, source = join(checkout, 'infra/local/processes.mjs')) {
  const code = `
    import { spawnGuarded } from ${JSON.stringify(source)};
    const { pid } = await spawnGuarded('/bin/sh', ['-c', ${JSON.stringify(family(file))}], { pidFile: ${JSON.stringify(`${file}.guard`)} });
    console.log(pid);
  `;
  const launcher = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  launcher.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await until('the launcher has started its child', () => output.includes('\n'));
  const [child = 0, grandchild = 0] = await pidsIn(file);
  expect(Number(output)).toBe(child);
  expect([child, grandchild].some(gone)).toBe(false);
  return { launcher, child, grandchild };
}

describe('a guard', () => {
  test.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'ends child and grandchild when the launcher dies of %s',
    async (signal) => {
      const { launcher, child, grandchild } = await launch(newFile());
      launcher.kill(signal);
      await until('both are gone', () => gone(child) && gone(grandchild));
    },
  );

  test('works from a compiled copy under dist/', async () => {
    const copies = join(distFolder, 'dist/infra/local');
    mkdirSync(dirname(copies), { recursive: true });
    for (const name of ['processes.mjs', 'checkout.mjs']) cpSync(join(checkout, 'infra/local', name), join(copies, name));
    const { launcher, child, grandchild } = await launch(newFile(), join(copies, 'processes.mjs'));
    launcher.kill('SIGKILL');
    await until('both are gone', () => gone(child) && gone(grandchild));
  });

  test('that is killed itself is replaced by the launcher', async () => {
    const file = newFile();
    const guarded = await spawnGuarded('/bin/sh', ['-c', family(file)], { pidFile: `${file}.guard` });
    const [child = 0, grandchild = 0] = await pidsIn(file);
    process.kill(Number.parseInt(JSON.parse(readFileSync(`${file}.guard`, 'utf8')).guard, 10), 'SIGKILL');
    expect(await guarded.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await until('both are gone', () => gone(child) && gone(grandchild));
  });

  test('ends what a child that has ended left behind', async () => {
    const file = newFile();
    const guarded = await spawnGuarded('/bin/sh', ['-c', `sleep 7777 & echo $! > ${file}; exit 7`]);
    expect(await guarded.exited).toEqual({ code: 7, signal: null });
    const [straggler = 0] = await pidsIn(file);
    await until('the straggler is gone', () => gone(straggler));
  });
});

describe('spawnGuarded', () => {
  test('gives the pid of the process itself: a SIGKILL to it is its own end', async () => {
    const ends: unknown[] = [];
    const guarded = await spawnGuarded('/bin/sleep', ['7777'], { onExit: (exit) => ends.push(exit) });
    process.kill(guarded.pid, 'SIGKILL');
    expect(await guarded.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(ends).toEqual([{ code: null, signal: 'SIGKILL' }]);
    expect(await guarded.stop()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('stop() sends the stop signal, and the child may end in its own way', async () => {
    const file = newFile();
    const child = `trap 'exit 3' INT; echo ready > ${file}; while :; do sleep 0.05; done`;
    const guarded = await spawnGuarded('/bin/sh', ['-c', child], { stopSignal: 'SIGINT' });
    await until('it listens to the signal', () => existsSync(file));
    expect(await guarded.stop()).toEqual({ code: 3, signal: null });
  });

  test('stop() turns to SIGKILL when the signal is ignored, and takes the grandchildren along', async () => {
    const file = newFile();
    const guarded = await spawnGuarded('/bin/sh', ['-c', `trap '' TERM; ${family(file)}`], { killAfterMs: 200 });
    const [, grandchild = 0] = await pidsIn(file);
    const [first, second] = await Promise.all([guarded.stop(), guarded.stop()]);
    expect(first).toEqual({ code: null, signal: 'SIGKILL' });
    expect(second).toEqual(first);
    await until('the grandchild is gone', () => gone(grandchild));
  });

  test('hands on output, environment and folder, and nothing of the launcher besides', async () => {
    const guarded = await spawnGuarded('/bin/sh', ['-c', 'echo "$GREETING $(pwd) ${NODE_CHANNEL_FD-no channel}"'], {
      env: { PATH: process.env.PATH, GREETING: 'hello' },
      cwd: scratch,
      stdout: 'pipe',
    });
    let output = '';
    for await (const chunk of guarded.stdout ?? []) output += chunk;
    expect(output).toBe(`hello ${scratch} no channel\n`);
  });

  test('rejects when the command cannot be started', async () => {
    await expect(spawnGuarded('/nowhere/program', [])).rejects.toThrow(/cannot start \/nowhere\/program: .*ENOENT/);
  });
});
