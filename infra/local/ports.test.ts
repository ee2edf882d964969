import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { firstFreePort, freePorts, isFree, PortTaken, withFreePorts } from './ports.mjs';
import { scratchFolders } from './testing/scratch.js';

const scratchFolder = scratchFolders(afterAll);
const scratch = scratchFolder();

async function occupy(port: number, host: string) {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  return { release: () => server.close() };
}

test('free ports are different ones, and free', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  expect(await Promise.all(ports.map(isFree))).not.toContain(false);
});

test('what is excepted is not chosen', async () => {
  const all = Array.from({ length: 12_000 }, (_, index) => 20_000 + index);
  const except = new Set(all.filter((port) => port % 2 !== 1));
  for (const port of await freePorts(10, except)) expect(port % 2).toBe(1);
});

test.each(['127.0.0.1', '0.0.0.0', '::'])('a port in use on %s is not free, and the next one is taken', async (host) => {
  const [port = 0] = await freePorts(1);
  const holder = await occupy(port, host);
  expect(await isFree(port)).toBe(false);
  expect(await firstFreePort(port)).toBeGreaterThan(port);
  holder.release();
});

test('who loses the race for a port tries others, and the winners are remembered', async () => {
  const memory = join(scratch, 'raced.json');
  const tried: number[][] = [];
  const result = await withFreePorts(2, memory, async (ports) => {
    tried.push(ports);
    if (tried.length < 3) throw new PortTaken();
    return 'started';
  });
  expect(result).toBe('started');
  expect(new Set(tried.flat()).size).toBe(6);
  expect(JSON.parse(readFileSync(memory, 'utf8'))).toEqual(tried[2]);
});

test('the last ports come again, unless one is in use now', async () => {
  const memory = join(scratch, 'again.json');
  const last = await freePorts(2);
  writeFileSync(memory, JSON.stringify(last));
  expect(await withFreePorts(2, memory, async (ports) => ports)).toEqual(last);
  const holder = await occupy(last[1] ?? 0, '127.0.0.1');
  expect(await withFreePorts(2, memory, async (ports) => ports)).not.toContain(last[1]);
  holder.release();
});

test('it gives up after six lost races, and at once on anything else', async () => {
  const memory = join(scratch, 'never.json');
  let starts = 0;
  const start = (error: Error) => async () => {
    starts++;
    throw error;
  };
  await expect(withFreePorts(1, memory, start(new PortTaken('taken')))).rejects.toThrow('taken');
  expect(starts).toBe(6);
  await expect(withFreePorts(1, memory, start(new Error('broken')))).rejects.toThrow('broken');
  expect(starts).toBe(7);
  expect(existsSync(memory)).toBe(false);
});
