import fc from 'fast-check';
import { clear, client, faultsOf } from '../../test/support/audited-database.js';
import {
  adjust,
  cancel,
  configure,
  confirm,
  expire,
  extend,
  reconfigure,
  reserve,
  WrittenSale,
  wholeLives,
} from '../../test/support/written-sale.js';
import type { Command } from '../domain/command.js';
import { type FaultName, isClean } from './figures.js';
import { recount } from './recount.js';

describe('lives that went as they may', () => {
  it('are counted without a fault', async () => {
    await wholeLives(client);
    const found = await recount(client, {
      acceptedIds: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((user) => reserve(user).reservationId),
    });
    expect(faultsOf(found)).toEqual({});
    expect(isClean(found)).toBe(true);
    expect(found.totals).toMatchObject({ total: 9, reserved: 2, confirmed: 3, decisions: 40 });
    expect(found.skus[0]?.counters).toEqual({ total: 9, reserved: 2, confirmed: 3 });
    const { rows } = await client.query(`select string_agg(user_id || ' ' || status, ', ' order by user_id) as lives from reservations`);
    expect(rows[0].lives).toBe('a CONFIRMED, b CANCELLED, c CONFIRMED, d EXPIRED, e EXPIRED, f EXPIRED, g REJECTED, h RESERVED');
  });

  const CREATE = configure(5, { perUserLimit: 3, holdSeconds: 10, maxExtendSeconds: 10 });
  const user = fc.constantFrom('ann', 'bob', 'cy');
  const id = fc.constantFrom('1', '2');
  const seconds = fc.constantFrom(null, 0, 5, 10, 11);
  const change = fc.record({
    perUserLimit: fc.constantFrom(1, 4),
    holdSeconds: fc.constantFrom(5, 20),
    maxExtendSeconds: fc.constantFrom(5, 20),
  });
  const command: fc.Arbitrary<Command> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(user, fc.integer({ min: 0, max: 3 }), fc.constantFrom('ann', 'bob', 'cy')).map((parts) => reserve(...parts)),
    },
    { weight: 2, arbitrary: fc.tuple(user, fc.constantFrom('p', 'q'), id, user).map((parts) => confirm(...parts)) },
    fc.tuple(user, id, user).map((parts) => cancel(...parts)),
    fc.tuple(user, seconds, id, user).map((parts) => extend(...parts)),
    fc.tuple(user, id, user).map((parts) => expire(...parts)),
    change.map((asked): Command => ({ ...reconfigure(0, asked), ifMatch: '*' })),
    fc.constant(CREATE),
    fc.tuple(fc.integer({ min: -3, max: 3 }), id).map(([delta, which]) => adjust(delta, `${delta} ${which}`)),
  );
  const batch = fc.tuple(fc.integer({ min: 0, max: 8 }), fc.array(command, { minLength: 1, maxLength: 8 }));

  it('are so whatever is asked, and whenever', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(batch, { minLength: 1, maxLength: 8 }), async (created, batches) => {
        await clear();
        const sale = new WrittenSale(client);
        if (created) await sale.commit([CREATE]);
        for (const [later, commands] of batches) await sale.later(later).commit(commands);
        expect(faultsOf(await recount(client))).toEqual({});
      }),
      { seed: 20_261_123, numRuns: 40 },
    );
  }, 60_000);
});

describe('a row that tells another life than the ledger', () => {
  const RESERVED = `status = 'RESERVED', confirmed_at = null, payment_reference = null`;
  it.each<[name: string, set: string, user: string, expected: Partial<Record<FaultName, number>>]>([
    // counters and ledger against the rows, of reserved and of confirmed; and the row
    ['sold, now held', RESERVED, 'a', { conservationBreaks: 5 }],
    ['cancelled, now held', RESERVED, 'b', { conservationBreaks: 3 }],
    ['swept, now held', RESERVED, 'd', { conservationBreaks: 3 }],
    ['ended by a late payment, now held', RESERVED, 'e', { conservationBreaks: 3 }],
    ['cancelled, now expired', `status = 'EXPIRED'`, 'b', { conservationBreaks: 1 }],
    ['held, now sold', `status = 'CONFIRMED', confirmed_at = now(), payment_reference = 'p'`, 'h', { conservationBreaks: 5 }],
    ['paid by another', `payment_reference = 'pay-b'`, 'a', { conservationBreaks: 1 }],
    ['paid at another time', `confirmed_at = confirmed_at + interval '1 ms'`, 'a', { conservationBreaks: 1 }],
    ['held longer', `expires_at = expires_at + interval '1 s'`, 'h', { conservationBreaks: 1 }],
    ['prolonged by another time', `expires_at = expires_at - interval '1 s'`, 'c', { conservationBreaks: 1 }],
    ['never prolonged', 'extension_id = null', 'c', { conservationBreaks: 1 }],
    ['prolonged by nobody', 'extension_id = gen_random_uuid()', 'h', { conservationBreaks: 1 }],
    ['of another version', 'version = version + 1', 'e', { conservationBreaks: 1 }],
    ['of its first version', 'version = sequence', 'a', { conservationBreaks: 1 }],
  ])('%s', async (_name, set, user, expected) => {
    await wholeLives(client);
    expect((await client.query(`update reservations set ${set} where user_id = $1`, [user])).rowCount).toBe(1);
    expect(faultsOf(await recount(client))).toEqual(expected);
  });
});
