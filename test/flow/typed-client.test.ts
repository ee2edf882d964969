import { DeadlineError, type FlashsaleClient, isProblem, type Reservation } from '../../clients/typescript/src/flashsale.js';
import { type CommitGate, commitGate, PATIENT } from '../support/commit-gate.js';
import { eventually } from '../support/eventually.js';
import { type OpenApi, Site } from '../support/site.js';

/** A shop that uses the typed client, on the real servers. */
let site: Site;
let gate: CommitGate;
let api: OpenApi;
let shop: FlashsaleClient;

beforeAll(async () => {
  site = await Site.open(PATIENT);
  gate = await commitGate(site.database.url);
  await site.startWriter();
  api = await site.startApi();
  shop = api.client.typed;
});

afterEach(() => gate.open());

afterAll(async () => {
  await gate.end();
  await site.close();
});

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

test('a sale from the first request to the last: held, watched, extended, paid for, given back, sold out', async () => {
  await api.client.open('lamp', 2, { maxExtendSeconds: 600 });
  const ann = await shop.reserve({ skuId: 'lamp', userId: 'ann', idempotencyKey: 'order-1' });
  expect(ann).toMatchObject({ status: 'RESERVED', quantity: 1 });
  expect(await shop.reserve({ skuId: 'lamp', userId: 'ann', idempotencyKey: 'order-1' })).toEqual(ann);

  const seen: string[] = [];
  const watching = (async () => {
    for await (const { status } of shop.watch(ann.reservationId)) seen.push(status);
  })();
  await eventually(async () => expect(seen).toEqual(['RESERVED']));
  const extended = await shop.extend(ann.reservationId, { seconds: 60 });
  expect(Date.parse(String(extended.expiresAt)) - Date.parse(String(ann.expiresAt))).toBe(60_000);
  const paid = await shop.confirm(ann.reservationId, 'pi_1');
  expect([paid.status, paid.paymentReference]).toEqual(['CONFIRMED', 'pi_1']);
  expect(await shop.confirm(ann.reservationId, 'pi_1')).toEqual(paid);
  await watching;
  expect([seen[0], seen.at(-1)]).toEqual(['RESERVED', 'CONFIRMED']);
  expect(isProblem(await failure(shop.cancel(ann.reservationId)), 'ALREADY_CONFIRMED')).toBe(true);

  const bob = await shop.reserve({ skuId: 'lamp', userId: 'bob' });
  const refused = await failure(shop.reserve({ skuId: 'lamp', userId: 'cat' }));
  expect(isProblem(refused, 'SOLD_OUT')).toBe(true);
  expect((await shop.cancel(bob.reservationId)).status).toBe('CANCELLED');
  await eventually(async () => expect(await shop.availability('lamp')).toMatchObject({ available: 1, total: 2 }));

  const listed: Reservation[] = [];
  for await (const reservation of shop.list({ skuId: 'lamp', pageSize: 1 })) listed.push(reservation);
  expect(listed.map(({ userId, status }) => `${userId} ${status}`).sort()).toContain('ann CONFIRMED');
  expect(
    listed
      .map(({ status }) => status)
      .sort()
      .slice(0, 2),
  ).toEqual(['CANCELLED', 'CONFIRMED']);
});

test('undecided at the deadline: what is known, and the key under which the answer is found later', async () => {
  await api.client.open('vase', 1);
  await gate.close();
  const asked = { skuId: 'vase', userId: 'ann', idempotencyKey: 'order-2' };
  const error = await failure(shop.reserve(asked, { deadlineMs: 1_500 }));
  expect(error).toBeInstanceOf(DeadlineError);
  expect(error).toMatchObject({ idempotencyKey: 'order-2', reservation: { status: 'QUEUED', skuId: 'vase' } });
  await gate.open();
  const decided = await shop.reserve(asked);
  expect(decided.reservationId).toBe((error as DeadlineError).reservation?.reservationId);
  expect(decided.status).toBe('RESERVED');
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
