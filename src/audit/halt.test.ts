import type { Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { recordingLog } from '../../test/support/log.js';
import { loadConfig } from '../config.js';
import { plainPool } from '../connections/postgres.js';
import type { Actor } from '../ports/operations.js';
import { haltSale, readSale, resumeSale } from './halt.js';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = plainPool(loadConfig({ FLASHSALE_DATABASE_URL: database.url }).postgres, { name: 'test', connections: 8 }, recordingLog());
});

afterEach(async () => {
  await pool.query(`update sale set state = 'RUNNING', reason = null, changed_by = null`);
  await pool.query('truncate operator_log');
});

afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

const ANN: Actor = { name: 'ann', principal: 'operator:ann ann' };
const BOB: Actor = { name: 'bob', principal: 'operator:bob bob' };

interface Noted {
  readonly principal: string;
  readonly action: string;
  readonly outcome: string;
  readonly asked: { readonly reason: string | null };
  readonly before: { readonly state: string; readonly reason: string | null };
  readonly after: { readonly state: string; readonly reason: string | null };
}

async function noted(): Promise<Noted[]> {
  const { rows } = await pool.query(
    'select principal, action, outcome, asked, before, after, sku_id from operator_log order by decided_at',
  );
  return rows.map((row) => ({ ...row, asked: JSON.parse(row.asked), before: JSON.parse(row.before), after: JSON.parse(row.after) }));
}

test('a sale runs until somebody halts it, and says who, why and since when', async () => {
  const first = await readSale(pool);
  expect(first).toMatchObject({ state: 'RUNNING', reason: null, changedBy: null, since: expect.any(Number) });
  const halted = await haltSale(pool, ANN, 'a count is wrong');
  expect(halted).toMatchObject({ state: 'HALTED', reason: 'a count is wrong', changedBy: 'ann' });
  expect(halted.since).toBeGreaterThan(first.since);
  expect(await readSale(pool)).toEqual(halted);
  const resumed = await resumeSale(pool, BOB, null);
  expect(resumed).toMatchObject({ state: 'RUNNING', reason: null, changedBy: 'bob' });
  expect(await readSale(pool)).toEqual(resumed);
});

test("each is in the operators' log with what was before and what is after", async () => {
  await haltSale(pool, ANN, 'a count is "wrong"');
  await resumeSale(pool, BOB, 'it was not');
  expect(await noted()).toMatchObject([
    {
      ...{ principal: ANN.principal, action: 'halt-sale', outcome: 'HALTED', asked: { reason: 'a count is "wrong"' } },
      ...{ before: { state: 'RUNNING', reason: null }, after: { state: 'HALTED', reason: 'a count is "wrong"' } },
    },
    {
      ...{ principal: BOB.principal, action: 'resume-sale', outcome: 'RUNNING', asked: { reason: 'it was not' } },
      ...{ before: { state: 'HALTED', reason: 'a count is "wrong"' }, after: { state: 'RUNNING', reason: 'it was not' } },
    },
  ]);
});

test('halting what is halted changes nothing, and is noted', async () => {
  const first = await haltSale(pool, ANN, 'the first reason');
  expect(await haltSale(pool, BOB, 'another')).toEqual(first);
  expect((await noted()).map(({ outcome, after }) => [outcome, after.reason])).toEqual([
    ['HALTED', 'the first reason'],
    ['UNCHANGED', 'the first reason'],
  ]);
});

test('of many at once each sees what the one before has made', async () => {
  const turns = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? haltSale(pool, ANN, `${at}`) : resumeSale(pool, BOB, `${at}`)));
  await Promise.all(turns);
  const rows = await noted();
  expect(rows).toHaveLength(40);
  // By what they say of each other: times may be the same to the millisecond.
  const changes = rows.filter(({ outcome }) => outcome !== 'UNCHANGED');
  let reason = null as string | null;
  for (let n = 0; n < changes.length; n += 1) {
    const next = changes.filter(({ before }) => before.reason === reason);
    expect(next).toHaveLength(1);
    expect(next[0]?.after.state).not.toBe(next[0]?.before.state);
    reason = next[0]?.after.reason ?? null;
  }
  expect((await readSale(pool)).reason).toBe(reason);
  for (const { outcome, before, after } of rows) if (outcome === 'UNCHANGED') expect(after).toEqual(before);
});

test('without its row there is no answer, least of all "running"', async () => {
  await pool.query('begin; delete from sale; commit');
  try {
    await expect(readSale(pool)).rejects.toThrow('has lost its row');
    await expect(haltSale(pool, ANN, 'x')).rejects.toThrow('has lost its row');
  } finally {
    await pool.query(`insert into sale (state) values ('RUNNING')`);
  }
});
