import { createServer } from 'node:net';
import { listeningProcess, socketsIn } from './listening-process.js';

test('a listening socket is found by its port, a connection of the same port is not', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1111 1 0 100 0 0 10 0
   1: 0100007F:2384 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 2222 1 0 20 4 30 10 -1
   2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3333 1 0 100 0 0 10 0`;
  expect(socketsIn(table, 9_092)).toEqual(['socket:[1111]']);
  expect(socketsIn(table, 80)).toEqual(['socket:[3333]']);
  expect(socketsIn('', 80)).toEqual([]);
});

test('a server of another machine is none of ours', () => {
  expect(listeningProcess('kafka-1.example.org:9092')).toBeNull();
});

test('where there is /proc, this very process is found by a port of its own', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const found = listeningProcess(`127.0.0.1:${port}`);
  await new Promise((resolve) => server.close(resolve));
  expect(found).toBe(process.platform === 'linux' ? process.pid : null);
});
