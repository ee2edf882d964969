import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { saleArbitrary } from '../../test/support/any-sale.js';
import { aConfigure, aReserve, aSnapshot, aStock, committed, inLog, type KnownSku, NOW } from '../../test/support/domain.js';
import { decide } from './decide.js';
import type { LedgerEntry } from './decision.js';
import { entryHash } from './ledger-entry.js';
import { GENESIS_HASH } from './stock.js';

const RUNS = { seed: 20_260_105, numRuns: 200 };

/** The formula once more, as an auditor would write it. */
function hashOf(entry: LedgerEntry): string {
  const sha256 = createHash('sha256');
  sha256.update(`${entry.previousHash}\n${entry.skuId}\n${entry.partition}\n`);
  sha256.update(`${entry.firstSequence}\n${entry.lastSequence}\n${entry.firstOffset}\n${entry.lastOffset}\n`);
  sha256.update(`${entry.now}\n${entry.decisions}`, 'utf8');
  return sha256.digest('hex');
}

function firstBrokenLink(chain: readonly LedgerEntry[]): number {
  return chain.findIndex((entry, index) => {
    const previous = chain[index - 1];
    const follows = previous === undefined ? entry.previousHash === GENESIS_HASH : entry.previousHash === previous.hash;
    return !follows || entry.firstSequence !== (previous?.lastSequence ?? 0) + 1 || entry.hash !== hashOf(entry);
  });
}

/** Three commits of one SKU: a creation and every kind of line there is. */
function chainOfThree(): LedgerEntry[] {
  const chunks = [
    [aConfigure({ ifMatch: 3 }), aConfigure({ total: 3, change: { name: 'Größe "42"', opensAt: null } })],
    [aReserve({ quantity: 2, timestamp: NOW - 7 }), aReserve({ quantity: 2 }), aReserve({ quantity: 1 })],
    [
      aReserve({ user: 'bob', issuer: 'idp', quantity: 2, decideBy: NOW + 9 }),
      aConfigure({ ifMatch: 2, change: { opensAt: NOW + 5, closesAt: NOW + 8 } }),
      aReserve({ user: 'cy', appendedAt: NOW + 4 }),
      aReserve({ user: 'di', appendedAt: NOW + 8 }),
      aConfigure({ ifMatch: 7, change: { closesAt: NOW + 5 } }),
    ],
  ];
  let state: KnownSku = aSnapshot({ ...aStock({ total: 0 }), settings: { ...aStock().settings, state: 'UNKNOWN' } });
  return chunks.map((records, index) => {
    const batch = decide(state, inLog(records, 10 * (index + 1), 2), NOW + index);
    state = committed(state, batch);
    return batch.entry;
  });
}

describe('a ledger entry', () => {
  const [first, second, third] = chainOfThree() as [LedgerEntry, LedgerEntry, LedgerEntry];

  it('says where it stands', () => {
    const { hash, decisions: _, ...place } = second;
    expect(place).toEqual({
      skuId: 'sku-1',
      partition: aStock().partition,
      firstSequence: 3,
      lastSequence: 5,
      firstOffset: 20,
      lastOffset: 24,
      now: NOW + 1,
      previousHash: first.hash,
    });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  // The ledger outlives the program: lines of another form would make old entries unreadable.
  it('has a line a decision, of a fixed form', () => {
    const id = aReserve().command.reservationId;
    const bob = aReserve({ user: 'bob', issuer: 'idp' }).command.reservationId;
    const early = aConfigure({ ifMatch: 3 }).command.commandId;
    const create = aConfigure({ total: 3, change: { name: 'Größe "42"', opensAt: null } }).command.commandId;
    const window = aConfigure({ ifMatch: 2, change: { opensAt: NOW + 5, closesAt: NOW + 8 } }).command.commandId;
    const wrong = aConfigure({ ifMatch: 7, change: { closesAt: NOW + 5 } }).command.commandId;
    const [cy, di] = ['cy', 'di'].map((user) => aReserve({ user }).command.reservationId);
    const settings = (times: string): string =>
      `{"name":"Größe \\"42\\"","state":"OPEN","perUserLimit":10,"maxQuantity":10,"holdSeconds":600,"maxExtendSeconds":600,${times}}`;
    expect([first, second, third].map(({ decisions }) => decisions.split('\n'))).toEqual([
      [
        `[10,"configure","${early}","REFUSED","NOT_FOUND","console","operator",3,null,{}]`,
        `[12,"configure","${create}","CONFIGURED",null,"console","operator",null,3,${settings('"opensAt":null,"closesAt":null')}]`,
      ],
      [
        `[20,"reserve","${id}","RESERVED",null,"shop","ann",2,${NOW - 7},${NOW + 30_000},${NOW + 600_001}]`,
        `[22,"reserve","${id}","DUPLICATE",null]`,
        `[24,"reserve","${id}","REFUSED","KEY_REUSED","shop","ann",1]`,
      ],
      [
        `[30,"reserve","${bob}","REFUSED","SOLD_OUT","idp","bob",2,${NOW - 20},${NOW + 9},null]`,
        `[32,"configure","${window}","CONFIGURED",null,"console","operator",2,null,${settings(`"opensAt":${NOW + 5},"closesAt":${NOW + 8}`)}]`,
        `[34,"reserve","${cy}","REFUSED","SALE_NOT_OPEN","shop","cy",1,${NOW - 20},${NOW + 30_000},null,${NOW + 4}]`,
        `[36,"reserve","${di}","REFUSED","SALE_CLOSED","shop","di",1,${NOW - 20},${NOW + 30_000},null,${NOW + 8}]`,
        `[38,"configure","${wrong}","REFUSED","INVALID_WINDOW","console","operator",7,null,{"closesAt":${NOW + 5}}]`,
      ],
    ]);
  });

  it('hashes to what sha256sum says of the same bytes', () => {
    const entry = { skuId: second.skuId, partition: 3, firstSequence: 1, lastSequence: 2, firstOffset: 5, lastOffset: 9 };
    const hash = entryHash({ ...entry, now: NOW, decisions: '[5,"é"]\n[9]', previousHash: GENESIS_HASH });
    expect(hash).toBe('6b9a8be9d5459e42664817f3baa08fc8253ce362727c18e3baaef5e365f40c12');
  });

  it.each<[keyof Omit<LedgerEntry, 'hash'>, unknown]>([
    ['skuId', 'sku-2'],
    ['partition', 11],
    ['firstSequence', 4],
    ['lastSequence', 6],
    ['firstOffset', 19],
    ['lastOffset', 25],
    ['now', NOW],
    ['decisions', second.decisions.replace('ann', 'bob')],
    ['previousHash', third.hash],
  ])('has another hash with another %s', (field, value) => {
    expect(second[field]).not.toEqual(value);
    expect(entryHash(second)).toBe(second.hash);
    expect(entryHash({ ...second, [field]: value })).not.toBe(second.hash);
  });

  it('has another hash with any other byte in its decisions', () => {
    const bytes = Buffer.from(second.decisions, 'latin1');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      expect(entryHash({ ...second, decisions: changed.toString('latin1') })).not.toBe(second.hash);
    }
  });

  it('has another hash when figures move from one field to the next', () => {
    const moved = { ...second, firstSequence: 35, lastSequence: 2, firstOffset: 0 };
    expect(entryHash(moved)).not.toBe(entryHash({ ...second, firstSequence: 3, lastSequence: 52, firstOffset: 0 }));
    expect(entryHash({ ...second, firstOffset: 2, lastOffset: 24 })).not.toBe(entryHash({ ...second, firstOffset: 22, lastOffset: 4 }));
  });
});

describe('the chain', () => {
  it('holds from the first entry on', () => {
    expect(firstBrokenLink(chainOfThree())).toBe(-1);
  });

  it.each([0, 1, 2])('breaks where entry %i was changed', (index) => {
    const chain = chainOfThree();
    const entry = chain[index] as LedgerEntry;
    chain[index] = { ...entry, now: entry.now + 1 };
    expect(firstBrokenLink(chain)).toBe(index);
  });

  it('breaks behind an entry that was changed and hashed anew', () => {
    const [first, second, third] = chainOfThree() as [LedgerEntry, LedgerEntry, LedgerEntry];
    const forged = { ...second, now: second.now + 1 };
    expect(firstBrokenLink([first, { ...forged, hash: entryHash(forged) }, third])).toBe(2);
    expect(firstBrokenLink([first, third])).toBe(1);
    expect(firstBrokenLink([second, third])).toBe(0);
  });
});

describe('for any batch', () => {
  it('the entry agrees with the batch, its hash with the formula', () => {
    fc.assert(
      fc.property(saleArbitrary, ({ snapshot, records, now }) => {
        const { entry, before, after, decisions } = decide(snapshot, records, now);
        expect(entry.hash).toBe(hashOf(entry));
        expect([entry.previousHash, after.headHash]).toEqual([before.headHash, entry.hash]);
        expect([entry.firstSequence, entry.lastSequence]).toEqual([before.sequence + 1, after.sequence]);
        expect([entry.firstOffset, entry.lastOffset]).toEqual([records[0]?.offset, after.watermark]);
        expect([entry.skuId, entry.partition, entry.now]).toEqual([before.skuId, before.partition, after.decidedAt]);
        expect(entry.decisions.split('\n')).toHaveLength(decisions.length);
      }),
      RUNS,
    );
  });

  it('every refusal by the window can be judged from the lines alone', () => {
    let judged = 0;
    fc.assert(
      fc.property(saleArbitrary, ({ snapshot, records, now }) => {
        const { entry, after } = decide(snapshot, records, now);
        let { settings } = snapshot.stock;
        for (const line of entry.decisions.split('\n')) {
          const [, type, , outcome, reason, ...rest] = JSON.parse(line);
          if (outcome === 'CONFIGURED') settings = rest.at(-1);
          const appendedAt = type === 'reserve' ? rest[6] : undefined;
          const { opensAt, closesAt } = settings;
          if (reason === 'SALE_NOT_OPEN') expect(appendedAt).toBeLessThan(opensAt as number);
          else if (reason === 'SALE_CLOSED') expect(appendedAt).toBeGreaterThanOrEqual(closesAt as number);
          else expect(appendedAt).toBeUndefined();
          if (appendedAt !== undefined) judged++;
        }
        expect(settings).toEqual(after.settings);
      }),
      RUNS,
    );
    expect(judged).toBeGreaterThan(20);
  });
});
