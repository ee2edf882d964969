import { pools, store } from '../../test/support/stored-sale.js';
import type { Offset } from '../domain/ids.js';
import type { Letter, LetterDesk, LetterPlace, RedrivenTo } from '../ports/dead-letters.js';
import type { Actor } from '../ports/operations.js';
import { createLetterDesk } from './dead-letter-store.js';

const PLACE: LetterPlace = { topic: 'topic', partition: 2, offset: 7 as Offset };
const ANN: Actor = { name: 'ann', principal: 'command-line ann' };
const TO: RedrivenTo = { partition: 3, offset: 41 as Offset };
const log = async (): Promise<unknown[]> => (await pools.plain.query('select * from operator_log')).rows;
const marks = async (): Promise<unknown[]> =>
  (await pools.plain.query('select redriven_by, redriven_partition, redriven_offset, redriven_at from dead_letters')).rows;

beforeEach(() =>
  store.keepDeadLetters([
    {
      ...PLACE,
      key: Buffer.from('key'),
      value: Buffer.from('{'),
      appendedAt: 1_700_000_000_000,
      reason: 'INVALID_JSON',
      reservationId: null,
    },
  ]),
);

async function redrive(work: (letter: Letter) => Promise<RedrivenTo>): Promise<Awaited<ReturnType<LetterDesk['redrive']>>> {
  const client = await pools.plain.connect();
  try {
    return await createLetterDesk(client).redrive(PLACE, ANN, work);
  } finally {
    client.release();
  }
}

test("a redrive is in the operators' log, with the moment of the mark", async () => {
  expect(await redrive(async () => TO)).toBe('done');
  const [mark] = await marks();
  expect(mark).toEqual({ redriven_by: 'ann', redriven_partition: 3, redriven_offset: 41, redriven_at: expect.any(Number) });
  const rows = (await log()) as { asked: string; decided_at: number }[];
  expect(rows).toEqual([
    {
      ...{ command_id: expect.stringMatching(/^[0-9a-f-]{36}$/), sku_id: null, sequence: null, principal: 'command-line ann' },
      ...{ action: 'redrive', outcome: 'REDRIVEN', reason: null, asked: expect.any(String) },
      decided_at: (mark as { redriven_at: number }).redriven_at,
      ...{ before: '{"state" : "WAITING"}', after: '{"state" : "REDRIVEN", "partition" : 3, "offset" : 41}' },
    },
  ]);
  expect(JSON.parse(rows[0]!.asked)).toEqual({ ...PLACE, reason: 'INVALID_JSON', to: TO });
});

test('one that fails, or that was done before, is not', async () => {
  await expect(redrive(() => Promise.reject(new Error('no broker')))).rejects.toThrow('no broker');
  expect([await log(), await marks()]).toMatchObject([[], [{ redriven_by: null }]]);
  await redrive(async () => TO);
  expect(await redrive(async () => TO)).toMatchObject({ by: 'ann' });
  expect(await log()).toHaveLength(1);
});

test('mark and log are one: where the log cannot be written, the letter waits as before', async () => {
  await pools.plain.query(`alter table operator_log add constraint nobody check (action <> 'redrive')`);
  try {
    await expect(redrive(async () => TO)).rejects.toMatchObject({ code: '23514' });
    expect(await marks()).toMatchObject([{ redriven_by: null, redriven_offset: null }]);
  } finally {
    await pools.plain.query('alter table operator_log drop constraint nobody');
  }
});
