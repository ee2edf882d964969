import type { ServerResponse } from 'node:http';
import { eventually } from '../../test/support/eventually.js';
import { gate } from '../../test/support/memory-clock.js';
import type { Accepted } from '../ports/admission.js';
import { type Listening, listen, open, untilClosed } from './fixtures/raw-client.js';
import { fixture, ID, reservation, reserved, SHOP_KEY } from './fixtures/services.js';

/** What a client may do to the others on one connection, that does not wait for its answers. */
const AS_SHOP = `Host: shop\r\nAuthorization: Bearer ${SHOP_KEY}\r\n`;
const BODY = '{"skuId":"a","quantity":1,"userId":"u"}';
const POST = `POST /v1/reservations HTTP/1.1\r\n${AS_SHOP}Idempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
const EVENTS = `GET /v1/reservations/${ID}/events HTTP/1.1\r\n${AS_SHOP}\r\n`;

const servers: Listening[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.drain(0))));
async function start(service: Parameters<typeof listen>[0]): Promise<Listening> {
  const server = await listen(service);
  servers.push(server);
  return server;
}

test('garbage in many pieces behind a request is answered once, after it, and leaves nothing behind meanwhile', async () => {
  const answered = gate<Accepted>();
  const { server, port } = await start(fixture({ accept: () => answered.promise }));
  const responses: ServerResponse[] = [];
  let pieces = 0;
  server.on('request', (_, res) => void responses.push(res));
  server.on('clientError', () => void pieces++);
  const socket = await open(port);
  socket.setNoDelay(true);
  const found = untilClosed(socket);
  socket.write(POST);
  await eventually(() => responses.length === 1);
  const listeners = responses[0]?.listenerCount('finish') ?? Number.NaN;
  await eventually(() => {
    socket.write('G');
    return pieces >= 50;
  });
  expect(responses[0]?.listenerCount('finish')).toBeLessThanOrEqual(listeners + 1);
  answered.open({ kind: 'replayed', reservation: reserved() });
  expect((await found).match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
});

test('requests that wait for their turn give back what they hold when the connection closes', async () => {
  let following = 0;
  const service = fixture({
    readReservation: async () => ({ kind: 'found', reservation: reservation() }),
    followReservation: () => {
      following += 1;
      return () => void following--;
    },
  });
  const { port } = await start(service);
  const socket = await open(port);
  socket.write(EVENTS.repeat(20));
  await eventually(() => following === 20);
  socket.destroy();
  await eventually(() => following === 0);
  // Each is noted once, like every request.
  await eventually(() => service.observed.length === 20);
  expect(service.observed.every(({ status }) => status === 200)).toBe(true);
});

test('one whose turn came is closed once', async () => {
  const service = fixture({ readReservation: async () => ({ kind: 'found', reservation: reserved() }) });
  const { port } = await start(service);
  const socket = await open(port);
  const found = untilClosed(socket);
  const get = EVENTS.replace('/events', '');
  socket.write(get.repeat(9) + get.replace('Host', 'Connection: close\r\nHost'));
  expect((await found).match(/HTTP\/1.1 200/g)).toHaveLength(10);
  await eventually(() => service.observed.length === 10);
});
