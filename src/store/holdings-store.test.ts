import fc from 'fast-check';
import { principal } from '../../test/support/domain.js';
import { chunksOf, commandsIn, configureOf, logArbitrary, reserveOf, skuNamed } from '../../test/support/memory-log.js';
import { batchOf, commit, decide, pools, store } from '../../test/support/stored-sale.js';
import { holdingsOf } from '../domain/holdings.js';
import { idsOfSku, type Principal, reservationIdFor } from '../domain/ids.js';
import { type DecidedStatus, RESERVATION_STATUSES, type Reservation } from '../domain/reservation.js';

// The partitioner hashes these two alike: their ids lie between the same bounds.
const TWINS = ['sku-994', 'sku-186244'] as const;
const [ONE, OTHER] = TWINS;
const held = async (sku: string, ...buyers: Principal[]): Promise<unknown> => {
  const found = await store.holdings(skuNamed(sku));
  return found && [found.units.size, ...buyers.map((buyer) => found.units.get(buyer))];
};
const [ANN, BOB, STRANGER] = [principal('ann'), principal('bob'), principal('ann', 'idp')];

/** A row as some other writer may have left it. */
async function row(sku: string, buyer: Principal, key: string, quantity: number, status: DecidedStatus): Promise<void> {
  await pools.plain.query(
    `insert into reservations (reservation_id, sku_id, issuer, user_id, quantity, status, reason, sequence, version, queued_at, decide_by, decided_at,
                               expires_at, confirmed_at, payment_reference)
     values ($1, $2, $3, $4, $5, $6, $7, 1, 1, now(), now(), now(), case when $6 <> 'REJECTED' then now() end,
             case when $6 = 'CONFIRMED' then now() end, case when $6 = 'CONFIRMED' then 'pay-1' end)`,
    [
      reservationIdFor(skuNamed(sku), buyer, key),
      sku,
      buyer.issuer,
      buyer.userId,
      quantity,
      status,
      status === 'REJECTED' ? 'SOLD_OUT' : null,
    ],
  );
}

describe('what is held of a SKU', () => {
  it('nothing is known of one without a row', async () => {
    await commit([configureOf(OTHER, 9), reserveOf(OTHER, 'ann')]);
    expect(await store.holdings(skuNamed(ONE))).toBeNull();
  });

  it('by nobody: its head all the same', async () => {
    const [batch] = await commit([configureOf(ONE, 1), reserveOf(ONE, 'ann', 'k1', 2)]);
    expect((await store.holdings(skuNamed(ONE)))?.headHash).toBe(batch?.entry.hash);
    expect(await held(ONE, ANN)).toEqual([0, undefined]);
  });

  it('is summed for each issuer and user', async () => {
    await commit([configureOf(ONE, 99)]);
    await row(ONE, ANN, 'k1', 2, 'RESERVED');
    await row(ONE, ANN, 'k2', 3, 'CONFIRMED');
    await row(ONE, STRANGER, 'k1', 5, 'RESERVED');
    await row(ONE, BOB, 'k1', 7, 'CONFIRMED');
    await row(ONE, principal('shop', 'ann'), 'k1', 1, 'RESERVED');
    expect(await held(ONE, ANN, STRANGER, BOB, principal('shop', 'ann'))).toEqual([4, 5, 5, 7, 1]);
  });

  it.each([
    ['RESERVED', [1, 4]],
    ['CONFIRMED', [1, 4]],
    ['REJECTED', [0, undefined]],
    ['CANCELLED', [0, undefined]],
    ['EXPIRED', [0, undefined]],
  ] as const)('%s', async (status, expected) => {
    await commit([configureOf(ONE, 99)]);
    await row(ONE, ANN, 'k1', 4, status);
    expect(await held(ONE, ANN)).toEqual(expected);
    await row(ONE, ANN, 'k2', 1, 'RESERVED');
    expect(await held(ONE, ANN)).toEqual([1, (expected[1] ?? 0) + 1]);
  });

  it('every status that a row can have was tried', () => {
    expect(RESERVATION_STATUSES.filter((status) => status !== 'QUEUED')).toHaveLength(5);
  });

  it('is not what is held of another SKU of the same hash', async () => {
    expect(idsOfSku(skuNamed(ONE))).toEqual(idsOfSku(skuNamed(OTHER)));
    await commit([configureOf(ONE, 8), configureOf(OTHER, 9), reserveOf(ONE, 'ann', 'k1', 2), reserveOf(OTHER, 'ann', 'k1', 3)]);
    await commit([reserveOf(OTHER, 'bob')], 10);
    expect([await held(ONE, ANN, BOB), await held(OTHER, ANN, BOB)]).toEqual([
      [1, 2, undefined],
      [2, 3, 1],
    ]);
  });

  it('is found at both ends of the range', async () => {
    await commit([configureOf(ONE, 9)]);
    const { first, last } = idsOfSku(skuNamed(ONE));
    await row(ONE, ANN, 'k1', 2, 'RESERVED');
    await pools.plain.query('update reservations set reservation_id = $1', [first]);
    await row(ONE, BOB, 'k1', 3, 'RESERVED');
    await pools.plain.query(`update reservations set reservation_id = $1 where user_id = 'bob'`, [last]);
    expect(await held(ONE, ANN, BOB)).toEqual([2, 2, 3]);
  });
});

describe('and its head are of one moment', () => {
  it('while commits go on', async () => {
    const [created] = await commit([configureOf(ONE, 99, { perUserLimit: 99 })]);
    const unitsAt = new Map([[created?.entry.hash, 0]]);
    const seen: [string, number][] = [];
    let going = true;
    const look = async (): Promise<void> => {
      while (going) {
        const found = await store.holdings(skuNamed(ONE));
        if (found !== null) seen.push([found.headHash, found.units.get(ANN) ?? 0]);
      }
    };
    const looking = [look(), look()];
    for (let turn = 1; turn <= 40; turn += 1) {
      const [batch] = await commit([reserveOf(ONE, 'ann', `k${turn}`, 2)], turn);
      unitsAt.set(batch?.entry.hash, 2 * turn);
    }
    going = false;
    await Promise.all(looking);
    expect(seen.filter(([head, units]) => unitsAt.get(head) !== units)).toEqual([]);
    expect(new Set(seen.map(([head]) => head)).size).toBeGreaterThan(3);
  });

  it('after any log in any chunks', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 });
    const property = fc.asyncProperty(logArbitrary, sizes, async (log, cuts) => {
      await pools.plain.query('truncate stock, reservations, ledger, operator_log');
      const rows: Reservation[] = [];
      for (const { records } of chunksOf(log, cuts)) {
        const batches = await decide(commandsIn(records));
        if (batches.length === 0) continue;
        await store.commit(batches);
        rows.push(...batches.flatMap(({ created }) => created));
        for (const { skuId } of batches.map(({ entry }) => entry)) {
          const { headHash } = batchOf(batches, skuId).after;
          expect(await store.holdings(skuId)).toEqual({ headHash, units: holdingsOf(skuId, rows) });
        }
      }
    });
    await fc.assert(property, { seed: 20_260_612, numRuns: 15 });
  }, 20_000);
});
