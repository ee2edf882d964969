import type { Pool } from 'pg';
import { statement } from './statement.js';

const NOW = statement<{ now: number }>('now');

function poolWith(waitingCount: number): { readonly pool: Pool; readonly asked: string[] } {
  const asked: string[] = [];
  const query = async ({ name }: { name: string }) => {
    asked.push(name);
    return { rows: [{ now: 7 }] };
  };
  return { pool: { waitingCount, query } as unknown as Pool, asked };
}

it('is not asked while too many wait for a connection, and again when there are fewer', async () => {
  const full = poolWith(2_000);
  const observed: string[] = [];
  await expect(NOW(full.pool, [], (name) => observed.push(name))).rejects.toThrow('2000 statements wait');
  expect([full.asked, observed]).toEqual([[], []]);
  const { pool, asked } = poolWith(1_999);
  expect(await NOW(pool, [], (name) => observed.push(name))).toEqual([{ now: 7 }]);
  expect([asked, observed]).toEqual([['now'], ['now']]);
});
