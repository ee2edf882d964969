import { configureOf, reserveOf } from '../../test/support/memory-log.js';
import { client, commitAll, otherSale, report, sql } from '../../test/support/verified-sale.js';
import { BEGINNING, eventfulSale, idOf, LivingSale } from '../../test/support/whole-lives.js';
import { entryHash } from '../domain/ledger-entry.js';
import { GENESIS_HASH } from '../domain/stock.js';
import { entriesOf } from './read.js';
import { verify } from './verify.js';

/** Edits the lines of the hot SKU's entries as a forger would who can count: all hashes, to the end and in the stock row, fit again. */
async function forge(edit: (line: string, sequence: number) => string): Promise<void> {
  let previousHash = GENESIS_HASH;
  for await (const page of entriesOf(client, 'hot')) {
    for (const entry of page) {
      const lines = entry.decisions.split('\n').map((line, at) => edit(line, entry.firstSequence + at));
      const body = { ...entry, decisions: lines.join('\n'), previousHash };
      const hash = entryHash(body);
      const values = [entry.firstSequence, body.decisions, previousHash, hash];
      await sql(`update ledger set decisions = $2, previous_hash = $3, hash = $4 where sku_id = 'hot' and first_sequence = $1`, values);
      previousHash = hash;
    }
  }
  await sql(`update stock set head_hash = $1 where sku_id = 'hot'`, [previousHash]);
}

const replaced =
  (at: number, from: string, to: string) =>
  (line: string, sequence: number): string => {
    if (sequence !== at) return line;
    expect(line).toContain(from);
    return line.replace(from, to);
  };

/** In the place of a line, that this buyer has paid. */
function confirmedBy(user: string, line: string): string {
  const [offset, , commandId] = JSON.parse(line) as [number, string, string];
  return JSON.stringify([offset, 'confirm', commandId, 'CONFIRMED', null, idOf('hot', user), 'shop', user, 'pay-9']);
}

test('an empty database is sound', async () => {
  expect(await verify(client)).toEqual({ skus: 0, decisions: 0, reservations: 0, wrongSkus: 0, findings: [] });
});

test('a SKU that nobody created is sound: its refusals are chained like all others', async () => {
  const stub = new LivingSale('stub');
  stub.next(0, [reserveOf('stub', 'ann'), configureOf('stub', null, {}, 3)]);
  await commitAll(stub);
  expect(await verify(client)).toMatchObject({ skus: 1, decisions: 2, reservations: 1, findings: [] });
});

describe('a sale of whole lives', () => {
  beforeEach(() => commitAll(otherSale('cold'), eventfulSale('hot'), otherSale('warm')));

  test('is sound', async () => {
    const seen: number[] = [];
    const result = await verify(client, { onProgress: ({ decisions }) => seen.push(decisions) });
    expect(result).toEqual({ skus: 3, decisions: 32, reservations: 13, wrongSkus: 0, findings: [] });
    expect(Math.max(...seen)).toBe(32);
    expect(await verify(client, { skuId: 'warm' })).toMatchObject({ skus: 1, decisions: 3, reservations: 2, findings: [] });
  });

  test('a watermark beyond the ledger is sound: a poison record was skipped', async () => {
    await sql(`update stock set watermark = watermark + 7 where sku_id = 'hot'`);
    expect((await verify(client)).findings).toEqual([]);
  });

  const inEntry = (first: number, edit: string) => `update ledger set ${edit} where sku_id = 'hot' and first_sequence = ${first}`;

  test.each<[string, string | (() => Promise<unknown>), RegExp]>([
    [
      'a quantity changed in a line',
      inEntry(2, `decisions = replace(decisions, '"dee",2,', '"dee",1,')`),
      /^SKU hot, sequence 2 \(offset 1\), table ledger: the entry was changed after it was written/,
    ],
    [
      'two decisions swapped',
      inEntry(
        21,
        `decisions = array_to_string(array(select l from unnest(string_to_array(decisions, chr(10))) with ordinality x (l, n)
         order by case n when 1 then 2 when 2 then 1 else n end), chr(10))`,
      ),
      /^SKU hot, sequence 21 .*table ledger: the entry was changed/,
    ],
    [
      'a deleted entry',
      `delete from ledger where sku_id = 'hot' and first_sequence = 9`,
      /^SKU hot, sequence 15 .*table ledger: the numbers have a gap.*expected 9, found 15$/,
    ],
    [
      'a deleted first entry',
      `delete from ledger where sku_id = 'hot' and first_sequence = 1`,
      /^SKU hot, sequence 2 .*expected 1, found 2$/,
    ],
    [
      'a deleted last entry',
      `delete from ledger where sku_id = 'hot' and first_sequence = 21`,
      /^SKU hot, sequence 20 .*table stock: the ledger ends before its stock does: sequence: expected 20, found 26$/,
    ],
    [
      'a deleted last entry, with the stock row set back by somebody who does not know the hash',
      async () => {
        await sql(`delete from ledger where sku_id = 'hot' and first_sequence = 21`);
        await sql(`update stock set sequence = 20 where sku_id = 'hot'`);
      },
      /^SKU hot, sequence 20 .*table stock: head_hash: expected/,
    ],
    [
      'an entry forged together with its hash',
      async () => {
        for await (const page of entriesOf(client, 'hot')) {
          const entry = { ...page[1]!, decisions: page[1]!.decisions.replace('"eve",1,', '"eva",1,') };
          await sql(inEntry(2, `decisions = $1, hash = $2`), [entry.decisions, entryHash(entry)]);
        }
      },
      /^SKU hot, sequence 9 .*the chain is broken: the entry before was replaced, or this one; previous hash/,
    ],
    [
      'an unjustified SOLD_OUT in a chain that fits',
      () => forge(replaced(24, `"RESERVED",null,"shop","gus",1,`, `"REFUSED","SOLD_OUT","shop","gus",1,`)),
      /^SKU hot, sequence 24 .*a reserve of 1 where 6 are available .*expected RESERVED, found SOLD_OUT$/,
    ],
    [
      'a confirm after the end in a chain that fits',
      () => forge(replaced(15, '"REFUSED","RESERVATION_EXPIRED"', '"CONFIRMED",null')),
      /^SKU hot, sequence 15 .*confirm of .*RESERVED, whose hold ends \d+ while it is \d+: expected RESERVATION_EXPIRED, found CONFIRMED$/,
    ],
    [
      'an adjust below what is given out in a chain that fits',
      () => forge(replaced(18, '"REFUSED","BELOW_COMMITTED"', '"ADJUSTED",null')),
      /^SKU hot, sequence 18 .*an adjust by -100 of a total of 7, 3 of it given out: expected BELOW_COMMITTED, found ADJUSTED$/,
    ],
    [
      'a buyer beyond the limit in a chain that fits',
      () => forge(replaced(14, '"REFUSED","USER_LIMIT_EXCEEDED"', '"RESERVED",null')),
      /^SKU hot, sequence 14 .*expected USER_LIMIT_EXCEEDED, found RESERVED$/,
    ],
    [
      'a confirm of what was cancelled, in a chain that fits',
      () => forge((line, sequence) => (sequence === 20 ? confirmedBy('bob', line) : line)),
      /^SKU hot, sequence 20 .*confirm of .*, which is CANCELLED.*: expected ALREADY_CANCELLED, found CONFIRMED$/,
    ],
    [
      'a command that does not exist, in a chain that fits',
      () => forge(replaced(20, '"cancel"', '"cancel "')),
      /^SKU hot, sequence 20 .*: a line: expected a decision, found \[/,
    ],
    [
      'an offset that goes back in a chain that fits',
      () => forge(replaced(10, '[16,', '[14,')),
      /^SKU hot, sequence 10 \(offset 14\).*offsets ascend: expected more than 14, found 14$/,
    ],
    [
      'a partition that changes',
      async () => {
        await sql(inEntry(21, 'partition = 3'));
        await forge((line) => line);
      },
      /^SKU hot, sequence 21 .*the partition of the SKU: expected 0, found 3$/,
    ],
    [
      'time that goes back',
      async () => {
        await sql(inEntry(21, `decided_at = to_timestamp(${BEGINNING / 1000})`));
        await forge((line) => line);
      },
      /^SKU hot, sequence 21 .*time goes back/,
    ],
  ])('%s is found', async (_what, tampering, expected) => {
    if (typeof tampering === 'string') await sql(tampering);
    else await tampering();
    const result = await verify(client);
    expect(report(result)).toMatch(expected);
    expect(result).toMatchObject({ wrongSkus: 1, findings: [expect.anything()] });
  });

  test('each SKU that is wrong is named, in the order of the SKUs', async () => {
    await sql('update stock set total = total + 1');
    const { findings, wrongSkus } = await verify(client);
    expect([findings.map(({ skuId }) => skuId), wrongSkus]).toEqual([['cold', 'hot', 'warm'], 3]);
    expect((await verify(client, { skuId: 'warm' })).findings).toHaveLength(1);
  });

  test('what is committed meanwhile is not seen: one snapshot', async () => {
    const late = otherSale('a-late-one');
    let committing: Promise<void> | undefined;
    const onProgress = (): void => {
      committing ??= commitAll(late);
    };
    expect(await verify(client, { onProgress })).toMatchObject({ skus: 3, findings: [] });
    await committing;
    expect(await verify(client)).toMatchObject({ skus: 4, findings: [] });
  });
});
