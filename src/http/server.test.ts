import { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { eventually } from '../../test/support/eventually.js';
import { gate } from '../../test/support/memory-clock.js';
import type { Accepted } from '../ports/admission.js';
import { answers, exchange, type Listening, listen, open, untilClosed } from './fixtures/raw-client.js';
import { fixture, reserved, SHOP_KEY } from './fixtures/services.js';
import { createHttpServer, SERVER_LIMITS } from './server.js';

const POST = [
  'POST /v1/reservations HTTP/1.1',
  'Host: shop',
  `Authorization: Bearer ${SHOP_KEY}`,
  'Idempotency-Key: k',
  'Content-Type: application/json',
].join('\r\n');
const BODY = '{"skuId":"a","quantity":1,"userId":"u"}';
const LIVEZ = 'GET /livez HTTP/1.1\r\nHost: shop\r\n\r\n';
const QUICK = { headersTimeoutMs: 200, requestTimeoutMs: 400, checkIntervalMs: 50 };

const servers: Listening[] = [];
const start: typeof listen = async (...args) => {
  const server = await listen(...args);
  servers.push(server);
  return server;
};
afterEach(() => Promise.all(servers.splice(0).map((server) => server.drain(0))));

test('requests and responses are born with the prototypes that Express would set', async () => {
  const { app, deps } = fixture();
  const { server } = createHttpServer(app, SERVER_LIMITS, deps);
  const seen: boolean[] = [];
  server.prependListener('request', (req, res) => {
    seen.push(Object.getPrototypeOf(req) === app.request, Object.getPrototypeOf(res) === app.response);
    seen.push(req instanceof IncomingMessage, res instanceof ServerResponse);
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
  const [answer] = await exchange(port, LIVEZ.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  server.close();
  expect(answer?.status).toBe(200);
  expect(seen).toEqual([true, true, true, true]);
});

test('a packed body, chunked, is read like a plain one', async () => {
  const service = fixture();
  const { port } = await start(service);
  const packed = gzipSync(BODY);
  const head = `${POST}\r\nContent-Encoding: gzip\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const chunk = (part: Buffer) => Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
  const chunks = [chunk(packed.subarray(0, 10)), chunk(packed.subarray(10)), Buffer.from('0\r\n\r\n')];
  const [answer] = await exchange(port, Buffer.concat([Buffer.from(head), ...chunks]));
  expect(answer?.status).toBe(202);
  expect(service.reserveRequests).toMatchObject([{ quantity: 1, principal: { userId: 'u' } }]);
});

test('a connection survives a refused body and serves the next request', async () => {
  const { port } = await start(fixture());
  const large = `${POST}\r\nContent-Length: 5000\r\n\r\n${' '.repeat(5000)}`;
  const found = await exchange(port, `${large}${LIVEZ.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')}`);
  expect(found.map(({ status }) => status)).toEqual([413, 200]);
});

test('a body that says it is too large is refused before it comes', async () => {
  const { port } = await start(fixture());
  const [answer] = await exchange(port, `${POST}\r\nConnection: close\r\nContent-Length: 4097\r\n\r\n`);
  expect(answer?.status).toBe(413);
});

test('once the process is to leave, every answer closes its connection', async () => {
  const { port } = await start(fixture({ isDraining: () => true }));
  const [answer] = await exchange(port, LIVEZ);
  expect(answer?.head).toContain('Connection: close');
});

test('garbage behind a request: the request is answered first, then the garbage', async () => {
  const refused = gate();
  const service = fixture({ accept: () => refused.promise.then(() => ({ kind: 'replayed', reservation: reserved() })) });
  const { port, server } = await start(service);
  server.once('clientError', () => refused.open());
  const found = await exchange(port, `${POST}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}garbage\r\n\r\n`);
  expect(found.map(({ status }) => status)).toEqual([200, 400]);
});

test.each([
  ['stalled headers', 'POST /v1/reservations HTTP/1.1\r\nHost: sh'],
  ['no headers', 'P'],
  ['a stalled body', `${POST}\r\nContent-Length: 50\r\n\r\n{"skuId"`],
])('%s: 408 in problem form', async (_name, bytes) => {
  const { port } = await start(fixture(), QUICK);
  const [answer] = await exchange(port, bytes);
  expect(answer?.status).toBe(408);
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({ code: 'REQUEST_TIMEOUT', status: 408 });
});

test('limits that contradict each other are refused', () => {
  const { app, deps } = fixture();
  expect(() => createHttpServer(app, { ...SERVER_LIMITS, headersTimeoutMs: 20_000 }, deps)).toThrow(RangeError);
  expect(() => createHttpServer(app, { ...SERVER_LIMITS, checkIntervalMs: 30_000 }, deps)).toThrow(RangeError);
});

test('a waiting client that leaves is no longer waited for', async () => {
  let noticed = (): void => undefined;
  const left = new Promise<void>((resolve) => {
    noticed = resolve;
  });
  let waiting = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    waiting = resolve;
  });
  const service = fixture({
    waitForDecision: (_id, _waitMs, signal) => {
      waiting();
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
          noticed();
        });
      });
    },
  });
  const { port } = await start(service);
  const socket = await open(port);
  socket.write(`${POST}\r\nPrefer: wait=10\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`);
  await begun;
  socket.destroy();
  await left;
  await eventually(() => service.observed.length > 0);
  expect(service.observed).toEqual([{ method: 'POST', route: '/v1/reservations', status: 499 }]);
  expect(service.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
});

describe('drain', () => {
  /** A service that is asked, and answers when it is let. */
  const held = () => {
    const [asked, answered] = [gate(), gate<Accepted>()];
    const accept = (): Promise<Accepted> => {
      asked.open();
      return answered.promise;
    };
    const answer = (): void => answered.open({ kind: 'replayed', reservation: reserved() });
    return { service: fixture({ accept }), asked: asked.promise, answer };
  };
  const request = `${POST}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

  test('finishes what is in flight, closes what is idle, accepts nothing new', async () => {
    const { service, asked, answer } = held();
    const server = await start(service);
    const busy = await open(server.port);
    const idle = await open(server.port);
    const silent = await open(server.port);
    idle.write(LIVEZ);
    await new Promise((resolve) => idle.once('data', resolve));
    const closed = [untilClosed(idle), untilClosed(silent)];
    const answered = untilClosed(busy);
    busy.write(request);
    await asked;
    // Nothing but the end of what is in flight can end it.
    const drained = server.drain(60_000);
    await Promise.all(closed);
    await expect(open(server.port)).rejects.toThrow('ECONNREFUSED');
    answer();
    expect(await drained).toBe(0);
    const [last] = answers(await answered);
    expect(last?.status).toBe(200);
    expect(last?.head).toContain('Connection: close');
  });

  test('cuts what is still busy at the deadline', async () => {
    const { service, asked } = held();
    const server = await start(service);
    const busy = await open(server.port);
    const received = untilClosed(busy);
    busy.write(request);
    await asked;
    expect(await server.drain(100)).toBe(1);
    expect(await received).toBe('');
  });
});
