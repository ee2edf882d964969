import { client, commitAll, otherSale, report, sql } from '../../test/support/verified-sale.js';
import { eventfulSale, idOf } from '../../test/support/whole-lives.js';
import { verify } from './verify.js';

describe('of the rows of a sale of whole lives', () => {
  beforeEach(() => commitAll(otherSale('cold'), eventfulSale('hot'), otherSale('warm')));

  const inRow = (user: string, edit: string) => `update reservations set ${edit} where reservation_id = '${idOf('hot', user)}'`;

  test.each<[string, string, RegExp]>([
    ['a row with another quantity', inRow('ann', 'quantity = 2'), /^SKU hot, sequence 2, reservation .*: quantity: expected 1, found 2$/],
    ['a row with another buyer', inRow('gus', `user_id = 'guy'`), /^SKU hot, sequence 24, .*: user_id: expected gus, found guy$/],
    ['a row with another state', inRow('gus', `status = 'CANCELLED'`), /: status: expected RESERVED, found CANCELLED$/],
    ['a row with another payment', inRow('ann', `payment_reference = 'pay-9'`), /: payment_reference: expected pay-1, found pay-9$/],
    ['a row with another end', inRow('cy', `expires_at = expires_at + interval '1 ms'`), /: expires_at: expected (\d+)0, found \d+1$/],
    [
      'a row with an extension that nobody asked for',
      inRow('gus', `extension_id = reservation_id`),
      /: extension_id: expected null, found/,
    ],
    [
      'two rows: the earlier decision is named',
      `update reservations set queued_at = now() where sku_id = 'hot'`,
      /^SKU hot, sequence 2,.*queued_at/,
    ],
    [
      'a row deleted',
      `delete from reservations where reservation_id = '${idOf('hot', 'eve')}'`,
      /^SKU hot, sequence 6, reservation .*, table reservations: its row: expected a row, REJECTED, found none$/,
    ],
    [
      'a row inserted',
      `insert into reservations select '${idOf('hot', 'zoe')}', sku_id, issuer, 'zoe', quantity, status, reason, sequence, version, queued_at,
         decide_by, decided_at, expires_at from reservations where reservation_id = '${idOf('hot', 'gus')}'`,
      /^SKU hot, reservation .*: no decision of the ledger made it: expected no row, found a row$/,
    ],
    [
      "a row inserted under another SKU's id",
      `insert into reservations select '${idOf('other', 'zoe')}', sku_id, issuer, 'zoe', quantity, status, reason, sequence, version, queued_at,
         decide_by, decided_at, expires_at from reservations where reservation_id = '${idOf('hot', 'gus')}'`,
      /^SKU hot, reservation .*: its id is not made for its SKU/,
    ],
    [
      'a row of a SKU without a ledger',
      `insert into reservations select '${idOf('other', 'zoe')}', 'other', issuer, 'zoe', quantity, status, reason, sequence, version, queued_at,
         decide_by, decided_at, expires_at from reservations where reservation_id = '${idOf('hot', 'gus')}'`,
      /^SKU other, reservation .*: its SKU has no ledger/,
    ],
    [
      'reserved edited',
      `update stock set reserved = reserved + 1 where sku_id = 'hot'`,
      /^SKU hot, .*table stock: reserved: expected 1, found 2$/,
    ],
    ['a setting edited', `update stock set per_user_limit = 9 where sku_id = 'hot'`, /table stock: per_user_limit: expected 3, found 9$/],
    [
      'the watermark set back',
      `update stock set watermark = 3 where sku_id = 'hot'`,
      /table stock: watermark: expected \d+ or more, found 3$/,
    ],
    [
      'the stock row deleted',
      `delete from stock where sku_id = 'hot'`,
      /^SKU hot, .*table stock: the row of the SKU: expected a row, found none$/,
    ],
    ['the whole ledger deleted', `delete from ledger where sku_id = 'hot'`, /^SKU hot, table stock: no decision is in the ledger/],
  ])('%s is found', async (_what, tampering, expected) => {
    await sql(tampering);
    const result = await verify(client);
    expect(report(result)).toMatch(expected);
    expect(result).toMatchObject({ wrongSkus: 1, findings: [expect.anything()] });
  });

  test('each SKU counts once, also where more are wrong than are listed, and where there is no more of one than its rows', async () => {
    const names = Array.from({ length: 120 }, (_, n) => `stray-${n}`);
    const rows = names.flatMap((sku) => [
      { sku, id: idOf(sku, 'zoe') },
      { sku, id: idOf('hot', sku) },
    ]);
    await sql(
      `insert into reservations select stray.id, stray.sku, issuer, user_id, quantity, status, reason, sequence, version, queued_at,
         decide_by, decided_at, expires_at from reservations, unnest($1::uuid[], $2::text[]) as stray (id, sku) where reservation_id = $3`,
      [rows.map(({ id }) => id), rows.map(({ sku }) => sku), idOf('hot', 'gus')],
    );
    const { skus, wrongSkus, findings } = await verify(client);
    expect([skus, wrongSkus, findings.length]).toEqual([123, 120, 100]);
    expect(await verify(client, { skuId: 'stray-7' })).toMatchObject({ skus: 1, wrongSkus: 1 });
  });
});
