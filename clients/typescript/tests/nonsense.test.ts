import { ID, rejected, reservation, reserved, SKU } from '../../../src/http/fixtures/services.js';
import { reservationJson } from '../../../src/http/reservation-json.js';
import { FlashsaleClient, type Reservation, UnexpectedAnswerError } from '../src/flashsale.js';
import { closeAll, rejectionOf, served } from './support/served.js';
import { TestRuntime } from './support/test-runtime.js';

afterEach(closeAll);

/** Answers that come with success and are none of the service's. */
const ASK = { skuId: SKU, userId: 'alice', idempotencyKey: 'order-1' };
const held = reservationJson(reserved());
const OTHER = ID.replace(/0$/, '1');

function answering(...answers: readonly (() => Response)[]) {
  const requests: Headers[] = [];
  const fetch = async (_: string | URL | Request, init?: RequestInit): Promise<Response> => {
    requests.push(new Headers(init?.headers));
    if (requests.length > 20) throw new Error('there is no end of it');
    return (answers[Math.min(requests.length, answers.length) - 1] as () => Response)();
  };
  const runtime = new TestRuntime();
  return { client: new FlashsaleClient({ baseUrl: 'https://shop.example', token: 't', fetch, runtime }), requests, runtime };
}

const json =
  (body: unknown, status = 200) =>
  () =>
    new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });

const CALLS: readonly [string, (client: FlashsaleClient) => Promise<unknown>][] = [
  ['reserve', (client) => client.reserve(ASK)],
  ['submit', (client) => client.submit(ASK)],
  ['decided', (client) => client.decided(ID)],
  ['get', (client) => client.get(ID)],
  ['confirm', (client) => client.confirm(ID, 'pi_1')],
  ['cancel', (client) => client.cancel(ID)],
  ['extend', (client) => client.extend(ID)],
];

describe.each(CALLS)('%s, answered with what is no reservation', (_, call) => {
  test.each<[string, () => Response]>([
    ['204', () => new Response(null, { status: 204 })],
    ['no body', () => new Response('')],
    ['null', json(null)],
    ['{}', json({})],
    ['[]', json([])],
    ['a list of it', json([held])],
    ['a text', json('RESERVED')],
    ['no id', json({ ...held, reservationId: undefined })],
    ['an empty id', json({ ...held, reservationId: '' })],
    ['an id that is a number', json({ ...held, reservationId: 7 })],
    ['no status', json({ ...held, status: undefined })],
    ['a status that is no text', json({ ...held, status: ['RESERVED'] })],
    ['a refusal without a reason', json({ ...held, status: 'REJECTED' })],
    ['202 and {}', json({}, 202)],
  ])('%s: an UnexpectedAnswerError, at once', async (_, answer) => {
    const { client, requests, runtime } = answering(answer);
    const error = await rejectionOf(call(client));
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect(error).toMatchObject({ status: answer().status, message: expect.stringContaining('reservation') });
    expect([requests.length, runtime.pauses, runtime.waiting]).toEqual([1, [], 0]);
  });

  test('a state that only a newer service knows is one', async () => {
    expect(await call(answering(json({ ...held, status: 'RETURNED' })).client)).toMatchObject({ reservationId: ID, status: 'RETURNED' });
  });
});

test.each(CALLS.slice(2))("%s: another's reservation is not the one that was asked for", async (_, call) => {
  for (const status of [200, 202])
    expect(await rejectionOf(call(answering(json({ ...held, reservationId: OTHER }, status)).client))).toBeInstanceOf(
      UnexpectedAnswerError,
    );
});

test("reserve that is told of another's reservation while it waits", async () => {
  const { client } = answering(json(reservationJson(reservation()), 202), json({ ...held, reservationId: OTHER }));
  expect(await rejectionOf(client.reserve(ASK))).toMatchObject({ kind: 'unexpected', idempotencyKey: 'order-1' });
});

test('an id is the same in capital letters', async () => {
  const { client } = await served({ readReservation: async () => ({ kind: 'found', reservation: reserved() }) });
  expect(await client.get(ID.toUpperCase())).toMatchObject({ reservationId: ID });
});

test.each([null, {}, [], { available: '5', status: 'OPEN' }, { available: 5 }])('availability of %j', async (body) => {
  expect(await rejectionOf(answering(json(body)).client.availability(SKU))).toBeInstanceOf(UnexpectedAnswerError);
});

describe('watch', () => {
  const event = (data: unknown) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
  const stream =
    (...events: readonly unknown[]) =>
    () =>
      new Response(events.map(event).join(''), { headers: { 'Content-Type': 'text/event-stream' } });
  const version = (version: number, change: object = {}) => ({ ...held, version, ...change });
  const final = version(9, { status: 'CANCELLED' });

  async function versionsOf(watched: AsyncIterable<Reservation>): Promise<number[]> {
    const versions: number[] = [];
    for await (const { version } of watched) versions.push(version);
    return versions;
  }

  test.each<[string, unknown]>([
    ['null', null],
    ['{}', {}],
    ['no JSON', '{"status"'],
    ['no version', version(undefined as never)],
    ['half a version', version(7.5)],
    ['a version below 0', version(-1)],
    ['a version that is a text', version('7' as never)],
    ["another's reservation", version(7, { reservationId: OTHER })],
    ['a refusal without a reason', version(7, { status: 'REJECTED' })],
  ])('an event that is %s: an UnexpectedAnswerError, at once', async (_, data) => {
    const { client, requests, runtime } = answering(stream(data));
    expect(await rejectionOf(client.watch(ID).next())).toMatchObject({ kind: 'unexpected', status: 200, contentType: 'text/event-stream' });
    expect([requests.length, runtime.pauses, runtime.waiting]).toEqual([1, [], 0]);
  });

  test('tells nothing that is not above `after`', async () => {
    const { client } = answering(stream(version(3), version(7), version(8), final));
    expect(await versionsOf(client.watch(ID, { after: 7 }))).toEqual([8, 9]);
  });

  test('tells nothing twice and nothing older, on one connection or the next, and asks ever more seldom for what it knows', async () => {
    const old = stream(version(7), version(3), version(7));
    const { client, requests, runtime } = answering(old, old, old, old, stream(version(8), version(7)), stream(final));
    expect(await versionsOf(client.watch(ID))).toEqual([7, 8, 9]);
    expect(requests.map((headers) => headers.get('Last-Event-ID'))).toEqual([null, '7', '7', '7', '7', '8']);
    expect(runtime.pauses).toEqual([50, 100, 200, 400, 50]);
  });

  test('ends with a final state that was seen already', async () => {
    const { client, requests } = answering(stream(reservationJson(rejected())));
    expect(await versionsOf(client.watch(ID, { after: 8 }))).toEqual([]);
    expect(requests).toHaveLength(1);
  });
});
