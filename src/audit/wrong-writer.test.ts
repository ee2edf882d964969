import { client, faultsOf } from '../../test/support/audited-database.js';
import type { KnownSku } from '../../test/support/domain.js';
import { configure, reconfigure, reserve, soundSale, WrittenSale } from '../../test/support/written-sale.js';
import type { SkuChange } from '../domain/command.js';
import { Holdings } from '../domain/holdings.js';
import { recount } from './recount.js';

describe('a writer that decides wrongly, and chains and stores it well', () => {
  const empty = new Map();

  it('decides an id twice', async () => {
    const sale = await soundSale(client);
    await sale.commit([reserve('d')], (truth) => ({ ...truth, reservations: empty, holdings: new Holdings() }));
    expect(faultsOf(await recount(client))).toEqual({ duplicates: 1 });
  });

  it('does not know what a buyer holds', async () => {
    const sale = new WrittenSale(client);
    await sale.commit([configure(9), reserve('a', 2, 'k1')]);
    await sale.commit([reserve('a', 1, 'k2')], (truth) => ({ ...truth, reservations: empty, holdings: new Holdings() }));
    expect(faultsOf(await recount(client))).toEqual({ limitBreaches: 1, fifoViolations: 1 });
  });

  it.each<[string, SkuChange, SkuChange, number]>([
    ['the limit that a SKU has when its creation names none', {}, { holdSeconds: 9 }, 10],
    ['a limit that a change of another setting leaves as it is', { perUserLimit: 4 }, { holdSeconds: 9 }, 4],
    ['a limit that was raised', { perUserLimit: 4 }, { perUserLimit: 6 }, 6],
    ['a limit that was lowered', { perUserLimit: 4 }, { perUserLimit: 3 }, 3],
  ])('does not know what a buyer holds: judged by %s', async (_limit, asCreated, change, limit) => {
    const sale = new WrittenSale(client);
    // The last change is refused: what it asks for is no limit.
    await sale.commit([configure(99, asCreated), reconfigure(1, change), reconfigure(1, { perUserLimit: 7 }), reserve('a', limit, 'k1')]);
    expect(faultsOf(await recount(client))).toEqual({});
    await sale.commit([reserve('a', 1, 'k2')], (truth) => ({ ...truth, reservations: empty, holdings: new Holdings() }));
    expect(faultsOf(await recount(client))).toEqual({ limitBreaches: 1, fifoViolations: 1 });
  });

  it('refuses a buyer who is below the limit of the last change', async () => {
    const sale = new WrittenSale(client);
    await sale.commit([
      configure(99, { perUserLimit: 1 }),
      reserve('a', 1, 'k1'),
      reserve('a', 1, 'k2'),
      reconfigure(1, { perUserLimit: 3 }),
    ]);
    expect(faultsOf(await recount(client))).toEqual({});
    const stale = (truth: KnownSku): KnownSku['stock'] => ({
      ...truth.stock,
      settings: { ...truth.stock.settings, perUserLimit: 1 },
    });
    await sale.commit([reserve('a', 1, 'k3')], (truth) => ({ ...truth, stock: stale(truth) }));
    expect(faultsOf(await recount(client))).toEqual({ undersold: 1, fifoViolations: 1 });
  });

  it('believes there are fewer units than there are', async () => {
    const sale = new WrittenSale(client);
    await sale.commit([configure(3)]);
    await sale.commit([reserve('a')], (truth) => ({ ...truth, stock: { ...truth.stock, confirmed: 3 } }));
    await client.query('update stock set confirmed = 0');
    expect(faultsOf(await recount(client))).toEqual({ undersold: 1, fifoViolations: 1 });
  });

  it('believes there are more units than there are', async () => {
    const sale = await soundSale(client);
    await sale.commit([reserve('f', 2)], (truth) => ({ ...truth, stock: { ...truth.stock, total: 9 } }));
    expect(faultsOf(await recount(client))).toEqual({ oversold: 2, conservationBreaks: 1 });
  });

  it('forgets a record, or a number', async () => {
    const sale = await soundSale(client);
    await sale.commit([reserve('f')], (truth) => ({ ...truth, stock: { ...truth.stock, sequence: truth.stock.sequence + 1 } }));
    expect(faultsOf(await recount(client))).toEqual({ sequenceGaps: 1, fifoViolations: 1 });
  });
});
