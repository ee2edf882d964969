import { client, faultsOf } from '../../test/support/audited-database.js';
import { byId, type KnownSku } from '../../test/support/domain.js';
import { adjust, cancel, configure, confirm, expire, extend, reserve, WrittenSale } from '../../test/support/written-sale.js';
import type { Command } from '../domain/command.js';
import { Holdings } from '../domain/holdings.js';
import type { UserId } from '../domain/ids.js';
import type { Reservation } from '../domain/reservation.js';
import type { Stock } from '../domain/stock.js';
import { type FaultName, isClean } from './figures.js';
import { recount } from './recount.js';

/** a holds 1, b 1 and c 1 of 3 units; c's hold is prolonged, b cancels. */
async function three(): Promise<WrittenSale> {
  const sale = new WrittenSale(client);
  await sale.commit([configure(3, { perUserLimit: 2, holdSeconds: 60, maxExtendSeconds: 60 }), reserve('a'), reserve('b'), reserve('c')]);
  await sale.commit([extend('c', 30), cancel('b')]);
  expect(faultsOf(await recount(client))).toEqual({});
  return sale;
}

type See = (truth: KnownSku) => KnownSku;
/** The writer takes this for the user's reservation, or this for the stock. */
const takes =
  (user: string, over: Partial<Reservation>, stock: Partial<Stock> = {}): See =>
  (truth) => {
    const rows = [...truth.reservations.values()].map((row) => (row.userId === user ? { ...row, ...over } : row));
    return { ...truth, reservations: byId(rows), stock: { ...truth.stock, ...stock } };
  };
const settings =
  (over: Partial<Stock['settings']>): See =>
  (truth) => ({ ...truth, stock: { ...truth.stock, settings: { ...truth.stock.settings, ...over } } });
const nothing: See = (truth) => ({ ...truth, reservations: byId([]) });
const HELD: Partial<Reservation> = { status: 'RESERVED', confirmedAt: null, paymentReference: null };

describe('a writer that decides a life wrongly, and chains and stores it well', () => {
  const paidByAnother: Command = { ...confirm('a'), userId: 'z' as UserId };
  const end = 1_700_000_000_000;
  it.each<[name: string, later: number, command: Command, see: See, expected: Partial<Record<FaultName, number>>]>([
    ['sells what was cancelled', 0, confirm('b'), takes('b', HELD, { reserved: 3 }), { lifeBreaks: 1 }],
    ['prolongs what was cancelled', 0, extend('b'), takes('b', HELD), { lifeBreaks: 1, conservationBreaks: 3 }],
    ['cancels what was cancelled', 0, cancel('b'), takes('b', HELD, { reserved: 3 }), { duplicates: 1, lifeBreaks: 1 }],
    ['sells after the end', 61, confirm('a'), takes('a', { expiresAt: end + 99_000 }), { lifeBreaks: 1, conservationBreaks: 1 }],
    ['cancels after the end', 61, cancel('a'), takes('a', { expiresAt: end + 99_000 }), { lifeBreaks: 1, conservationBreaks: 1 }],
    ['ends a hold too early', 0, expire('a'), takes('a', { expiresAt: end }), { lifeBreaks: 1, conservationBreaks: 1 }],
    ['ends a prolonged hold too early', 61, expire('c'), takes('c', { expiresAt: end }), { lifeBreaks: 1, conservationBreaks: 1 }],
    ['refuses a payment as too late', 0, confirm('a'), takes('a', { expiresAt: end }), { lifeBreaks: 1, conservationBreaks: 1 }],
    ['does not end an overdue hold', 61, expire('a'), takes('a', { expiresAt: end + 99_000 }), { lifeBreaks: 1 }],
    ['prolongs twice', 0, extend('c', 5, 'second'), takes('c', { extensionId: null }), { lifeBreaks: 1 }],
    ['prolongs by too much', 0, extend('a', 61), settings({ maxExtendSeconds: 99 }), { lifeBreaks: 1 }],
    ['finds an extension too long', 0, extend('a', 60), settings({ maxExtendSeconds: 59 }), { lifeBreaks: 1 }],
    ['prolongs by another default', 0, extend('a'), settings({ maxExtendSeconds: 59 }), { lifeBreaks: 1 }],
    ['holds for another time', 0, reserve('d'), settings({ holdSeconds: 61 }), { lifeBreaks: 1 }],
    ['does not find it', 0, confirm('a'), nothing, { lifeBreaks: 1 }],
    ['holds for a request again', 0, reserve('a'), nothing, { duplicates: 1, conservationBreaks: 2 }],
    ['sells to another', 0, paidByAnother, takes('a', { userId: 'z' as UserId }), { lifeBreaks: 1, conservationBreaks: 1 }],
    [
      'believes it sold',
      0,
      confirm('a'),
      takes('a', { status: 'CONFIRMED', paymentReference: 'pay-a', confirmedAt: 1 }),
      { lifeBreaks: 1 },
    ],
    ['believes it cancelled', 0, confirm('a'), takes('a', { status: 'CANCELLED' }), { lifeBreaks: 1 }],
    ['believes it refused', 0, cancel('a'), takes('a', { status: 'REJECTED' }), { lifeBreaks: 1 }],
    ['believes it prolonged', 0, extend('a'), takes('a', { extensionId: extend('c').commandId }), { lifeBreaks: 1 }],
  ])('%s', async (_name, later, command, see, expected) => {
    const sale = await three();
    await sale.later(later).commit([command], see);
    const found = await recount(client);
    expect(faultsOf(found)).toEqual(expected);
    expect(isClean(found)).toBe(false);
  });

  it('sells what was cancelled, and had another buyer: oversold', async () => {
    const sale = await three();
    await sale.commit([reserve('d')]);
    await sale.commit([confirm('b')], takes('b', HELD, { reserved: 4, total: 9 }));
    expect(faultsOf(await recount(client))).toEqual({ oversold: 1, lifeBreaks: 1, conservationBreaks: 1 });
  });

  it('takes back units that are held', async () => {
    const sale = await three();
    await sale.commit([adjust(-2)], takes('', {}, { reserved: 0 }));
    expect(faultsOf(await recount(client))).toEqual({ oversold: 1, conservationBreaks: 1 });
  });

  it('gives units twice', async () => {
    const sale = await three();
    await sale.commit([adjust(2)]);
    await sale.commit([adjust(2)], (truth) => ({ ...truth, knownCommands: new Set() }));
    expect(faultsOf(await recount(client))).toEqual({ duplicates: 1 });
  });

  it('refuses an adjust that there was room for', async () => {
    const sale = await three();
    await sale.commit([adjust(-1)], takes('', {}, { reserved: 3 }));
    await client.query('update stock set reserved = 2');
    expect(faultsOf(await recount(client))).toEqual({ lifeBreaks: 1 });
  });

  it('knows nothing of the unit that came back', async () => {
    const sale = await three();
    await sale.commit([reserve('d')], takes('', {}, { reserved: 3 }));
    await client.query('update stock set reserved = 2');
    expect(faultsOf(await recount(client))).toEqual({ undersold: 1, fifoViolations: 1 });
  });

  it.each<[string, Command, number]>([
    ['cancelled', cancel('a'), 0],
    ['was late to pay', confirm('a'), 61],
  ])('counts what a buyer %s', async (_what, command, later) => {
    const sale = await three();
    await sale.later(later).commit([command]);
    const holdings = new Holdings();
    holdings.set(reserve('a'), 1);
    await sale.commit([reserve('a', 2, 'more')], (truth) => ({ ...truth, holdings }));
    expect(faultsOf(await recount(client))).toEqual({ undersold: 1, fifoViolations: 1 });
  });

  it('forgets what a buyer bought', async () => {
    const sale = await three();
    await sale.commit([confirm('a'), adjust(9)]);
    await sale.commit([reserve('a', 2, 'more')], (truth) => ({ ...truth, holdings: new Holdings() }));
    expect(faultsOf(await recount(client))).toEqual({ limitBreaches: 1, fifoViolations: 1 });
  });
});

describe('a forged line in a chain that holds', () => {
  it.each<[name: string, command: Command, from: string, to: string, expected: Partial<Record<FaultName, number>>]>([
    ['a sale told as a cancellation', confirm('a'), 'CONFIRMED', 'CANCELLED', { lifeBreaks: 1, conservationBreaks: 2, unreadable: 1 }],
    ['a sale told as none', confirm('a'), '"CONFIRMED",null', '"REFUSED","NOT_FOUND"', { lifeBreaks: 1, conservationBreaks: 3 }],
    ['a sale told as a repeat', confirm('a'), 'CONFIRMED', 'DUPLICATE', { lifeBreaks: 1, conservationBreaks: 3 }],
    ['a cancellation told as an end', cancel('a'), '"cancel"', '"expire"', { lifeBreaks: 1, unreadable: 1 }],
    ['a refusal without a reason', cancel('a'), '"CANCELLED"', '"REFUSED"', { lifeBreaks: 1, conservationBreaks: 2, unreadable: 1 }],
    ['another payment', confirm('a'), 'pay-a', 'pay-z', { conservationBreaks: 1 }],
    ['another end', extend('a', 9), '9,17', '9,18', { lifeBreaks: 1, conservationBreaks: 1 }],
    ['more units', adjust(3), ',3,', ',4,', { conservationBreaks: 1 }],
    ['a command about no reservation', cancel('a'), reserve('a').reservationId, '', { conservationBreaks: 2, unreadable: 1 }],
    [
      'a request that nobody knows told as a repeat',
      reserve('d'),
      '"RESERVED"',
      '"DUPLICATE"',
      { lost: 1, lifeBreaks: 1, conservationBreaks: 1 },
    ],
  ])('%s', async (_name, command, from, to, expected) => {
    const sale = await three();
    await sale.commit(
      [command],
      (truth) => truth,
      (decisions) => {
        expect(decisions).toContain(from);
        return decisions.replace(from, to);
      },
    );
    expect(faultsOf(await recount(client))).toEqual(expected);
  });
});
