import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PortTaken } from './ports.mjs';
import { startServerProcess } from './server-process.mjs';
import { scratchFolders } from './testing/scratch.js';

const scratchFolder = scratchFolders(afterAll);
const scratch = scratchFolder();

const start = (script: string) =>
  startServerProcess({
    name: 'Fake',
    command: '/bin/sh',
    args: ['-c', script],
    logFile: join(scratch, 'fake.log'),
    ready: /ready now/,
    options: {},
  });

test('a server is ready when its own log says so', async () => {
  const server = await start('echo starting; echo ready now; exec sleep 7777');
  expect(readFileSync(join(scratch, 'fake.log'), 'utf8')).toBe('starting\nready now\n');
  expect(await server.stop()).toEqual({ code: null, signal: 'SIGTERM' });
});

test.each([
  'could not bind IPv4 address "127.0.0.1": Address already in use',
  'Could not create server TCP listening socket 127.0.0.1:1: bind: Address already in use',
  'java.net.BindException: Address already in use',
])('a lost port is recognised: %s', async (line) => {
  await expect(start(`echo '${line}'; exit 1`)).rejects.toThrow(PortTaken);
});

test('a server that ends is a failure that shows the end of its log, even if it had said that it is ready', async () => {
  await expect(start('echo no space left on device; exit 1')).rejects.toThrow(/Fake ended while starting.*\n.*no space left/);
});
