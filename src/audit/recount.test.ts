import { client, faultsOf } from '../../test/support/audited-database.js';
import { reserve, soundSale } from '../../test/support/written-sale.js';
import { type FaultName, isClean } from './figures.js';
import { recount } from './recount.js';

const idOf = (user: string): string => reserve(user).reservationId;

describe('a sound sale', () => {
  it('is counted from rows and ledger, with no fault', async () => {
    await soundSale(client);
    const found = await recount(client, { acceptedIds: ['a', 'b', 'c', 'd', 'e'].map(idOf) });
    expect(faultsOf(found)).toEqual({});
    expect(isClean(found)).toBe(true);
    expect(found.skus).toHaveLength(1);
    expect(found.totals).toMatchObject({ total: 3, reserved: 3, confirmed: 0, decisions: 9, repeats: 2 });
    expect(found.totals.refused).toEqual({ SOLD_OUT: 1, KEY_REUSED: 1, QUANTITY_TOO_LARGE: 1 });
    expect(found.skus[0]?.counters).toEqual({ total: 3, reserved: 3, confirmed: 0 });
    expect(found.partitions).toEqual([{ partition: 3, position: 9, decided: 9, deadLetters: 0, redriven: 0, unaccounted: 0, doubled: 0 }]);
  });

  it('leaves nothing behind and works on an empty database', async () => {
    expect(isClean(await recount(client))).toBe(true);
    expect(isClean(await recount(client))).toBe(true);
    expect((await client.query("select 1 from pg_class where relname like 'audit%'")).rowCount).toBe(0);
  });
});

describe('what is planted is found', () => {
  const planted: [name: string, sql: string, expected: Partial<Record<FaultName, number>>][] = [
    ['a refusal without a row', `delete from reservations where user_id = 'd'`, { lost: 1 }],
    ['a held row gone', `delete from reservations where user_id = 'a'`, { lost: 1, conservationBreaks: 2 }],
    [
      'a row that nobody decided',
      `insert into reservations select gen_random_uuid(), sku_id, issuer, 'x', quantity, status, reason, 99, 99, queued_at, decide_by, decided_at, expires_at
       from reservations where user_id = 'd'`,
      { lost: 1 },
    ],
    [
      'a row beyond the total',
      `insert into reservations select gen_random_uuid(), sku_id, issuer, 'x', 2, status, reason, 99, 99, queued_at, decide_by, decided_at, expires_at
       from reservations where user_id = 'a'`,
      { oversold: 2, lost: 1, conservationBreaks: 2 },
    ],
    [
      'a number given twice',
      `update reservations set sequence = 4, version = 4 where user_id = 'd'`,
      { duplicates: 1, conservationBreaks: 1 },
    ],
    ['a counter changed', 'update stock set reserved = 2', { conservationBreaks: 1 }],
    ['a total changed', 'update stock set total = 5', { conservationBreaks: 1 }],
    ['a watermark set back', 'update stock set watermark = 2', { conservationBreaks: 1 }],
    ['a row changed', `update reservations set user_id = 'z' where user_id = 'b'`, { conservationBreaks: 1 }],
    ['a time changed', `update reservations set decided_at = decided_at + interval '1 ms' where user_id = 'b'`, { conservationBreaks: 1 }],
    ['a stock row gone', 'delete from stock', { conservationBreaks: 1, chainBreaks: 1, fifoViolations: 1 }],
    ['the head elsewhere', `update stock set head_hash = repeat('f', 64)`, { chainBreaks: 1, fifoViolations: 1 }],
    [
      'a byte of the ledger changed',
      `update ledger set decisions = replace(decisions, 'another', 'anothex') where first_sequence = 1`,
      { chainBreaks: 1, fifoViolations: 1 },
    ],
    ['a hash changed', `update ledger set hash = repeat('f', 64) where first_sequence = 1`, { chainBreaks: 2, fifoViolations: 2 }],
    [
      'the first entry gone',
      'delete from ledger where first_sequence = 1',
      // the chain and the numbers begin too late; a's row has no decision; what b and c hold has no units, nor d a place in the order
      { oversold: 3, lost: 1, fifoViolations: 2, sequenceGaps: 1, chainBreaks: 1, conservationBreaks: 2 },
    ],
    [
      'lines swapped, hashed anew by the forger',
      `with forged as (update ledger set decisions = regexp_replace(decisions, '^([^\\n]*)\\n([^\\n]*)', E'\\\\2\\n\\\\1') where first_sequence = 4 returning *),
            hashed as (select encode(sha256(convert_to(concat_ws(E'\\n', previous_hash, sku_id, partition, first_sequence, last_sequence, first_offset,
              last_offset, (extract(epoch from decided_at) * 1000)::bigint, decisions), 'UTF8')), 'hex') as hash from forged)
       update stock set head_hash = hashed.hash from hashed`,
      // the forger could not put the new hash into the entry in the same statement: its own hash is wrong, and the head names the forged one
      { fifoViolations: 3, orderBreaks: 1, chainBreaks: 2, conservationBreaks: 2 },
    ],
    [
      'an entry that is no JSON',
      `update ledger set decisions = '[1,' where first_sequence = 4`,
      { lost: 4, fifoViolations: 1, chainBreaks: 1, conservationBreaks: 1, unreadable: 1 },
    ],
    [
      'a command of an unknown type',
      `update ledger set decisions = replace(decisions, '"configure"', '"conjure"') where first_sequence = 4`,
      { fifoViolations: 1, chainBreaks: 1, unreadable: 1 },
    ],
    [
      'the count of an entry changed',
      'update ledger set last_offset = 9',
      { fifoViolations: 4, orderBreaks: 2, chainBreaks: 2, conservationBreaks: 1 },
    ],
  ];

  it.each(planted)('%s', async (_name, sql, expected) => {
    await soundSale(client);
    await client.query(sql);
    const found = await recount(client);
    expect(faultsOf(found)).toEqual(expected);
    expect(isClean(found)).toBe(false);
  });

  it('an accepted request without a decision; one in the dead letters is not lost', async () => {
    await soundSale(client);
    await client.query(
      `insert into dead_letters (topic, partition, log_offset, appended_at, reason, reservation_id) values ('t', 3, 9, now(), 'POISON', $1)`,
      [idOf('dead')],
    );
    const found = await recount(client, { acceptedIds: [idOf('a'), idOf('gone'), idOf('dead')] });
    expect(faultsOf(found)).toEqual({ lost: 1 });
    expect(found.lostRequests).toEqual([{ reservationId: idOf('gone'), skuId: null, why: 'accepted, not decided' }]);
    // Whoever dismisses it gives up what its buyer was promised.
    await client.query(`update dead_letters set dismissed_at = now(), dismissed_by = 'ann', dismissed_reason = 'junk'`);
    const { lostRequests } = await recount(client, { acceptedIds: [idOf('a'), idOf('dead')] });
    expect(lostRequests).toEqual([{ reservationId: idOf('dead'), skuId: null, why: 'accepted, not decided' }]);
  });

  it('a redriven request that was decided is neither lost nor a dead letter; one that was not is lost once the position is past its copy', async () => {
    const sale = await soundSale(client);
    const redriven = async (user: string, from: number, to: number | null, partition = 3): Promise<void> => {
      await client.query(
        `insert into dead_letters (topic, partition, log_offset, appended_at, reason, reservation_id, redriven_at, redriven_by, redriven_partition, redriven_offset)
         values ('t', 3, $1, now(), 'UNAPPLICABLE', $2, $3, 'ann', $4, $5)`,
        [from, idOf(user), to === null ? null : new Date(), to === null ? null : partition, to],
      );
    };
    await redriven('late', 9, 11);
    await redriven('gone', 10, 12);
    await client.query('update partitions set next_offset = 11');
    const acceptedIds = [idOf('late'), idOf('gone')];
    const waiting = await recount(client, { acceptedIds });
    expect(faultsOf(waiting)).toEqual({});
    expect(waiting.partitions).toMatchObject([{ position: 11, decided: 9, deadLetters: 0, redriven: 2, unaccounted: 0, doubled: 0 }]);
    await sale.commit([reserve('late'), reserve('other')], (truth) => truth);
    await client.query('update partitions set next_offset = 12');
    expect(faultsOf(await recount(client, { acceptedIds }))).toEqual({});
    await client.query('update partitions set next_offset = 13');
    const past = await recount(client, { acceptedIds });
    expect(past.lostRequests).toEqual([{ reservationId: idOf('gone'), skuId: null, why: 'accepted, not decided' }]);
    // A dead letter again, at the copy's offset: it waits.
    await redriven('gone', 13, null);
    expect((await recount(client, { acceptedIds })).lostRequests).toEqual([]);
  });

  it('records that the position has passed without a trace, and those with two', async () => {
    await soundSale(client);
    await client.query('update partitions set next_offset = 12');
    await client.query(
      `insert into dead_letters (topic, partition, log_offset, appended_at, reason) values ('t', 3, 10, now(), 'POISON'), ('t', 3, 8, now(), 'POISON')`,
    );
    const found = await recount(client);
    expect(found.partitions).toEqual([{ partition: 3, position: 12, decided: 9, deadLetters: 2, redriven: 0, unaccounted: 2, doubled: 1 }]);
    expect(found.accountingBreaks).toBe(3);
    expect(isClean(found)).toBe(false);
  });

  it('takes no offence at a log that began later, if told', async () => {
    await soundSale(client);
    await client.query('delete from partitions; insert into partitions values (4, 70, null, null)');
    expect((await recount(client)).accountingBreaks).toBe(70);
    expect((await recount(client, { logStarts: new Map([[4, 70]]) })).accountingBreaks).toBe(0);
  });
});
