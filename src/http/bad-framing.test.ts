import { type Listening, listen, problemOf } from './fixtures/raw-client.js';
import { fixture, SHOP_KEY } from './fixtures/services.js';

/** What is wrong with a request before it is one. */
const service = fixture();
let server: Listening;
beforeAll(async () => {
  server = await listen(service);
});
afterAll(() => server.drain(0));
afterEach(() => expect(service.reserveRequests.splice(0)).toEqual([]));

const send = (lines: readonly string[], body = '') => problemOf(server.port, lines, body);
const get = (target: string, ...headers: string[]) => send([`GET ${target} HTTP/1.1`, 'Host: shop', 'Connection: close', ...headers]);
const AS_SHOP = [`Authorization: Bearer ${SHOP_KEY}`, 'Idempotency-Key: k', 'Content-Type: application/json'];

/** None of these asks to close: the server must, since it cannot know where the next request begins. */
test.each([
  ['length and chunks', ['Host: a', 'Content-Length: 3', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
  ['two lengths', ['Host: a', 'Content-Length: 3', 'Content-Length: 4'], 'abcd'],
  ['two hosts', ['Host: a', 'Host: b'], ''],
  ['no host', [], ''],
  ['a folded header', ['Host: a', 'X-A: b', ' c'], ''],
  ['NUL in a header', ['Host: a', 'X-A: b\x00c'], ''],
  ['a space before the colon', ['Host : a'], ''],
  ['a coding before chunked', ['Host: a', ...AS_SHOP, 'Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'],
  ['two hosts, 2,500 headers apart', ['Host: a', ...Array<string>(2_500).fill('a:'), 'Host: b'], ''],
  ['a wrong chunk size', ['Host: a', ...AS_SHOP, 'Transfer-Encoding: chunked'], 'xyz\r\n'],
])('%s: 400, connection closed', async (_name, headers, body) => {
  const answer = await send(['POST /v1/reservations HTTP/1.1', ...headers], body);
  expect(answer).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST' });
  expect(answer.head).toMatch(/^Connection: close$/m);
});

test('CONNECT is for proxies: 400', async () => {
  expect(await send(['CONNECT shop:443 HTTP/1.1', 'Host: shop'])).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST' });
});

test('an expectation that is unknown is none', async () => {
  expect(await get('/nowhere', 'Expect: nope')).toMatchObject({ status: 404, code: 'NOT_FOUND' });
});

test('no HTTP at all: 400', async () => {
  expect(await send(['\x16\x03\x01\x02\x00'])).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST' });
});

test('headers over 16 KiB: 431', async () => {
  const answer = await get('/livez', `X-A: ${'a'.repeat(16_384)}`);
  expect(answer).toMatchObject({ status: 431, code: 'HEADERS_TOO_LARGE' });
});
