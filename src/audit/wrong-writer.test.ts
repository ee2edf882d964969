import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { configure, reserve, soundSale, WrittenSale } from '../../test/support/written-sale.js';
import { FAULTS, type FaultName, type Recount } from './figures.js';
import { recount } from './recount.js';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

beforeEach(() => client.query('truncate stock, reservations, ledger, partitions, dead_letters'));

/** Which faults were found, with their figures. */
const faultsOf = ({ totals }: Recount): Partial<Record<FaultName, number>> =>
  Object.fromEntries(FAULTS.filter((fault) => totals[fault] !== 0).map((fault) => [fault, totals[fault]]));

describe('a writer that decides wrongly, and chains and stores it well', () => {
  const empty = new Map();

  it('decides an id twice', async () => {
    const sale = await soundSale(client);
    await sale.commit([reserve('d')], (truth) => ({ ...truth, reservations: empty }));
    expect(faultsOf(await recount(client))).toEqual({ duplicates: 1 });
  });

  it('does not know what a buyer holds', async () => {
    const sale = new WrittenSale(client);
    await sale.commit([configure(9), reserve('a', 2, 'k1')]);
    await sale.commit([reserve('a', 1, 'k2')], (truth) => ({ ...truth, reservations: empty }));
    expect(faultsOf(await recount(client))).toEqual({ limitBreaches: 1, fifoViolations: 1 });
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
