import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { saleArbitrary } from '../../test/support/any-sale.js';
import {
  aCancel,
  aConfigure,
  aConfirm,
  anAdjust,
  anExpire,
  anExtend,
  aReserve,
  aSnapshot,
  committed,
  inLog,
  NOW,
  PARTITION,
  principal,
  SKU,
} from '../../test/support/domain.js';
import type { LogRecord } from '../domain/command.js';
import { decide } from '../domain/decide.js';
import type { Decision, LedgerEntry } from '../domain/decision.js';
import type { Offset } from '../domain/ids.js';
import { unknownStock } from '../domain/stock.js';
import type { RelayEntry } from '../ports/events.js';
import { type CloudEvent, eventsOf } from './event.js';
import { ENVELOPE, EVENT_SCHEMAS, EVENT_TYPES, schemaFiles } from './schemas.js';

const FOLDER = 'docs/events';

const stored = ({ skuId, firstSequence, lastOffset, now, decisions }: LedgerEntry): RelayEntry => ({
  ...{ skuId, firstSequence, lastOffset: lastOffset as Offset, decidedAt: now, decisions },
});

/** @throws what its schema has against it */
function valid(event: CloudEvent): CloudEvent {
  ENVELOPE.parse(event);
  EVENT_SCHEMAS[event.type].parse(event.data);
  return JSON.parse(JSON.stringify(event));
}

/** The same SKU from its creation on; each batch is decided on what those before it left, so much later. */
function life(batches: readonly (readonly LogRecord[])[], secondsApart: number): CloudEvent[] {
  let known = aSnapshot(unknownStock(SKU, PARTITION));
  return batches.flatMap((records, at) => {
    const batch = decide(known, inLog(records, known.stock.watermark + 1), NOW + at * secondsApart * 1000);
    known = committed(known, batch);
    return eventsOf(stored(batch.entry), '/flashsale').map(valid);
  });
}

const bob = { user: 'bob' };
const WHOLE_LIFE = [
  [aReserve({ user: 'early' }), aConfigure({ total: 3, change: { name: 'a "thing"\n', holdSeconds: 60, opensAt: NOW - 5 } })],
  [aReserve(), aReserve(), aReserve({ quantity: 2 }), aReserve({ user: 'nil', quantity: 0 }), aReserve({ ...bob, quantity: 2 })],
  [aReserve({ user: 'cy' }), aConfirm(), aConfirm(), aCancel({ of: { user: 'nobody' } }), anExtend({ of: bob, seconds: 30 })],
  [
    anExpire({ of: bob }),
    aCancel({ of: bob, by: principal('eve') }),
    anAdjust({ reason: 'a "find"' }),
    anAdjust(),
    anAdjust({ delta: -99 }),
  ],
  [aReserve({ user: 'dan' }), aCancel({ of: { user: 'dan' } }), aConfigure({ ifMatch: '*', change: { state: 'PAUSED' } })],
];

test('a whole life: each decision is one event of its type, under its number', () => {
  const events = life(WHOLE_LIFE, 1);
  const told = events.map(({ type, data }) => [type.slice('flashsale.'.length, -'.v1'.length), (data as { reason?: string }).reason]);
  expect(told).toEqual([
    ['reservation.rejected', 'UNKNOWN_SKU'],
    ['sku.configured', undefined],
    ['reservation.reserved', undefined],
    ['command.repeated', undefined],
    ['command.refused', 'KEY_REUSED'],
    ['command.refused', 'INVALID_QUANTITY'],
    ['reservation.reserved', undefined],
    ['reservation.rejected', 'SOLD_OUT'],
    ['reservation.confirmed', undefined],
    ['command.repeated', undefined],
    ['command.refused', 'NOT_FOUND'],
    ['reservation.extended', undefined],
    ['command.refused', 'NOT_DUE'],
    ['command.refused', 'NOT_FOUND'],
    ['sku.adjusted', 'a "find"'],
    ['command.repeated', undefined],
    ['command.refused', 'BELOW_COMMITTED'],
    ['reservation.reserved', undefined],
    ['reservation.cancelled', undefined],
    ['sku.configured', undefined],
  ]);
  expect(events.map(({ id }) => id)).toEqual(events.map((_, at) => `${SKU}:${at + 1}`));
});

test('a hold that ends is told, by the sweep and by a buyer who comes too late', () => {
  const created = [aConfigure({ total: 9, change: { holdSeconds: 60 } }), aReserve(), aReserve(bob)];
  const events = life([created, [anExpire(), aConfirm({ of: bob }), anExpire({ of: bob })]], 61);
  expect(events.slice(3)).toEqual([
    expect.objectContaining({
      type: 'flashsale.reservation.expired.v1',
      data: { skuId: SKU, sequence: 4, reservationId: aReserve().command.reservationId },
    }),
    expect.objectContaining({ type: 'flashsale.command.refused.v1', data: expect.objectContaining({ reason: 'RESERVATION_EXPIRED' }) }),
    expect.objectContaining({ type: 'flashsale.command.repeated.v1' }),
  ]);
});

test('an event says all that its reservation is known by', () => {
  const [, , event] = life(WHOLE_LIFE, 1);
  const { reservationId } = aReserve().command;
  expect(event).toEqual({
    specversion: '1.0',
    id: 'sku-1:3',
    source: '/flashsale',
    type: 'flashsale.reservation.reserved.v1',
    subject: reservationId,
    time: '2023-11-14T22:13:21.000Z',
    partitionkey: 'sku-1',
    data: {
      skuId: 'sku-1',
      sequence: 3,
      reservationId,
      issuer: 'shop',
      userId: 'ann',
      quantity: 1,
      queuedAt: '2023-11-14T22:13:19.980Z',
      decideBy: '2023-11-14T22:13:50.000Z',
      expiresAt: '2023-11-14T22:14:21.000Z',
    },
  });
});

/** By the decision itself, which the relay never sees. */
function typeOf({ outcome, reason, record }: Decision): string {
  if (outcome === 'DUPLICATE') return 'command.repeated';
  if (outcome !== 'REFUSED')
    return `${outcome === 'CONFIGURED' || outcome === 'ADJUSTED' ? 'sku' : 'reservation'}.${outcome.toLowerCase()}`;
  const isRejection = record.command.type === 'reserve' && reason !== 'KEY_REUSED' && reason !== 'INVALID_QUANTITY';
  return isRejection ? 'reservation.rejected' : 'command.refused';
}

test('of any sale every decision is an event that its schema knows', () => {
  fc.assert(
    fc.property(saleArbitrary, ({ snapshot, records, now }) => {
      const { entry, decisions } = decide(snapshot, records, now);
      const events = eventsOf(stored(entry), 'https://shop.example/sale').map(valid);
      expect(events.map(({ type }) => type)).toEqual(decisions.map((decision) => `flashsale.${typeOf(decision)}.v1`));
    }),
    { numRuns: 300 },
  );
});

test('an outcome that this version does not know is an error, never skipped', () => {
  const entry = { skuId: SKU, firstSequence: 1, lastOffset: 1 as Offset, decidedAt: NOW, decisions: '[0,"reserve","x","ENCHANTED",null]' };
  expect(() => eventsOf(entry, '/')).toThrow('sku-1:1 has an outcome that this version does not know: ENCHANTED');
});

/** `RENEW_EVENTS=1 npm test -- src/events` writes them anew. A change of one that is in use is a new version instead. */
test('docs/events has exactly these schemas', () => {
  const wanted = schemaFiles();
  if (process.env.RENEW_EVENTS === '1') {
    mkdirSync(FOLDER, { recursive: true });
    for (const [name, text] of wanted) writeFileSync(`${FOLDER}/${name}`, text);
  }
  const found = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  expect(Object.fromEntries(found.map((name) => [name, readFileSync(`${FOLDER}/${name}`, 'utf8')]))).toEqual(Object.fromEntries(wanted));
});

test('the page about them names every type', () => {
  const page = readFileSync(`${FOLDER}/README.md`, 'utf8');
  for (const type of EVENT_TYPES) expect(page).toContain(`[\`${type}\`](${type}.json)`);
});
