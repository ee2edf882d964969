import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { principal } from '../../test/support/domain.js';
import {
  commandIdFor,
  idBelongsTo,
  idempotencyKeyHash,
  idsOfSameBuyer,
  idsOfSku,
  isIssuer,
  isReservationIdOf,
  isSkuId,
  isUserId,
  isUuid,
  type Principal,
  type ReservationId,
  reservationIdFor,
  type SkuId,
  storefrontIssuer,
} from './ids.js';
import { partitionHash, partitionOf, partitionOfId } from './partition-hash.js';

const SEED = 20_260_102;
const ANN = principal('ann');
const UUID_V8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const skuIds = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/).map((text) => text as SkuId);
const parts = fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 4 });
const buyers = fc.tuple(fc.string(), fc.string()).map(([user, issuer]) => principal(user, issuer));
const sku = (text: string): SkuId => text as SkuId;
/** What a buyer's request under this key is given. */
const reserved = (skuId: SkuId, buyer: Principal, key = 'k'): ReservationId =>
  reservationIdFor(skuId, buyer, idempotencyKeyHash(buyer, key));
const bytesOf = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');

const property = <T extends [unknown, ...unknown[]]>(...args: Parameters<typeof fc.property<T>>): void =>
  fc.assert(fc.property<T>(...args), { seed: SEED, numRuns: 500 });

/** The formula once more, as one text: each part behind its length in bytes. */
const sha256 = (list: readonly string[]): Buffer =>
  createHash('sha256')
    .update(list.map((part) => `${new TextEncoder().encode(part).length}:${part}`).join(''))
    .digest();

describe('ids that follow from their parts', () => {
  it('are UUIDs of version 8', () => {
    property(skuIds, parts, buyers, fc.string(), (skuId, list, buyer, key) => {
      expect(commandIdFor(skuId, list)).toMatch(UUID_V8);
      expect(reserved(skuId, buyer, key)).toMatch(UUID_V8);
    });
  });

  it('are the same for the same parts, and others for other parts', () => {
    property(skuIds, parts, parts, (skuId, one, other) => {
      expect(commandIdFor(skuId, [...one])).toBe(commandIdFor(skuId, one));
      const same = JSON.stringify(one) === JSON.stringify(other);
      expect(commandIdFor(skuId, one) === commandIdFor(skuId, other)).toBe(same);
    });
  });

  it('never run two parts together', () => {
    const id = (...list: string[]): string => commandIdFor(sku('s'), list);
    expect(new Set([id('ab', 'c'), id('a', 'bc'), id('abc'), id('', 'abc'), id('abc', ''), id('1:a', 'bc'), id('a1:b', 'c')]).size).toBe(7);
    expect(reservationIdFor(sku('s'), principal('ann', 'shop'), 'k')).not.toBe(reservationIdFor(sku('s'), principal('nn', 'shopa'), 'k'));
  });

  it('hold the hash of the SKU, then the digest but for the bits of version and variant', () => {
    property(skuIds, parts, (skuId, list) => {
      const bytes = bytesOf(commandIdFor(skuId, list));
      const expected = sha256(list);
      expect(bytes.readUInt32BE(0)).toBe(partitionHash(skuId));
      expect(bytes.subarray(4, 6)).toEqual(expected.subarray(0, 2));
      expect(bytes[6]).toBe(0x80 | (expected[2]! & 0x0f));
      expect(bytes[7]).toBe(expected[3]);
      expect(bytes[8]).toBe(0x80 | (expected[4]! & 0x3f));
      expect(bytes.subarray(9)).toEqual(expected.subarray(5, 12));
    });
  });

  it('name their partition', () => {
    property(skuIds, parts, fc.integer({ min: 1, max: 1000 }), (skuId, list, count) => {
      expect(partitionOfId(commandIdFor(skuId, list), count)).toBe(partitionOf(skuId, count));
      expect(partitionOfId(reserved(skuId, ANN), count)).toBe(partitionOf(skuId, count));
    });
  });

  it('belong to their SKU and to no other', () => {
    property(skuIds, skuIds, (one, other) => {
      expect(idBelongsTo(reserved(one, ANN), one)).toBe(true);
      expect(idBelongsTo(reserved(one, ANN), other)).toBe(one === other);
    });
  });

  it('are others for SKUs that the partitioner hashes alike', () => {
    const keyHash = idempotencyKeyHash(ANN, 'key-1');
    const [one, other] = [reservationIdFor(sku('sku-994'), ANN, keyHash), reservationIdFor(sku('sku-186244'), ANN, keyHash)];
    expect(one.slice(0, 24)).toBe(other.slice(0, 24));
    expect(one).not.toBe(other);
  });

  it('say whose they are', () => {
    const id = reserved(sku('sku-1'), ANN);
    expect(isReservationIdOf(id, sku('sku-1'), ANN)).toBe(true);
    expect(isReservationIdOf(id, sku('sku-2'), ANN)).toBe(false);
    expect(isReservationIdOf(id, sku('sku-1'), principal('ann2'))).toBe(false);
  });

  // Ids are stored and replayed: a program that computes others would take every old request for a new one.
  it('stay what they have been', () => {
    const keyHash = idempotencyKeyHash(ANN, 'key-1');
    expect(keyHash).toBe('SN9hP8yzIOigRIqtK6m7vT');
    expect(reservationIdFor(sku('sku-1'), ANN, keyHash)).toBe('e70d96cb-d20c-8dbf-9aed-7698f72a8719');
    expect(commandIdFor(sku('sku-1'), ['a', 'é'])).toBe('e70d96cb-7109-8ab3-a2e4-0417f68c2324');
  });
});

describe('a reservation id', () => {
  it('holds 4 bytes of the SKU, 42 bits of the buyer and 48 of the key', () => {
    property(skuIds, buyers, fc.string(), (skuId, buyer, key) => {
      const bytes = bytesOf(reserved(skuId, buyer, key));
      const who = sha256([buyer.issuer, buyer.userId]);
      expect(bytes.readUInt32BE(0)).toBe(partitionHash(skuId));
      expect(bytes.subarray(4, 6)).toEqual(who.subarray(0, 2));
      expect([bytes[6], bytes[7]]).toEqual([0x80 | (who[2]! & 0x0f), who[3]]);
      expect([bytes[8], bytes[9]]).toEqual([0x80 | (who[4]! & 0x3f), who[5]]);
      expect(bytes.subarray(10)).toEqual(sha256([skuId, idempotencyKeyHash(buyer, key)]).subarray(0, 6));
    });
  });

  it('is another for another SKU, issuer, user or key', () => {
    const ids = [
      reserved(sku('sku-1'), ANN),
      reserved(sku('sku-2'), ANN),
      reserved(sku('sku-1'), principal('ann', 'idp')),
      reserved(sku('sku-1'), principal('bob')),
      reserved(sku('sku-1'), ANN, 'l'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is another for another key by the key alone, and for another buyer by the buyer alone', () => {
    const [one, otherKey] = [reserved(sku('sku-1'), ANN, 'k'), reserved(sku('sku-1'), ANN, 'l')];
    expect(one.slice(0, 24)).toBe(otherKey.slice(0, 24));
    expect(one.slice(24)).not.toBe(otherKey.slice(24));
    const sameKey = (buyer: Principal): string => reservationIdFor(sku('sku-1'), buyer, 'same-key-hash');
    expect(sameKey(ANN).slice(24)).toBe(sameKey(principal('bob')).slice(24));
    expect(sameKey(ANN).slice(0, 24)).not.toBe(sameKey(principal('bob')).slice(0, 24));
  });
});

describe('the ids of a buyer on a SKU', () => {
  const lies = (id: string, { first, last }: { first: string; last: string }): boolean => first <= id && id <= last;

  it('all lie from the first to the last, whichever of them is asked; those of other buyers and SKUs do not', () => {
    property(skuIds, skuIds, buyers, buyers, fc.string(), fc.string(), (skuId, otherSku, buyer, other, key, otherKey) => {
      const id = reserved(skuId, buyer, key);
      const range = idsOfSameBuyer(id);
      expect(lies(id, range)).toBe(true);
      expect(lies(reserved(skuId, buyer, otherKey), range)).toBe(true);
      expect(idsOfSameBuyer(reserved(skuId, buyer, otherKey))).toEqual(range);
      const isSame = buyer.issuer === other.issuer && buyer.userId === other.userId;
      expect(lies(reserved(skuId, other, key), range)).toBe(isSame);
      expect(lies(reserved(otherSku, buyer, key), range)).toBe(skuId === otherSku);
    });
  });

  it('are those with its first 24 characters, no more and no fewer', () => {
    const { first, last } = idsOfSameBuyer('e70d96cb-7698-872a-8719-a644a6d894be' as ReservationId);
    expect([first, last]).toEqual(['e70d96cb-7698-872a-8719-000000000000', 'e70d96cb-7698-872a-8719-ffffffffffff']);
    expect([first, last].every((id) => isUuid(id))).toBe(true);
  });

  it('name the same partition', () => {
    property(skuIds, buyers, fc.integer({ min: 1, max: 1000 }), (skuId, buyer, count) => {
      const { first, last } = idsOfSameBuyer(reserved(skuId, buyer));
      expect([partitionOfId(first, count), partitionOfId(last, count)]).toEqual(Array(2).fill(partitionOf(skuId, count)));
    });
  });
});

describe('the ids of a SKU', () => {
  it('all lie from the first to the last, reservations and commands; of another SKU only those of the same hash', () => {
    property(skuIds, skuIds, buyers, fc.string(), parts, (skuId, otherSku, buyer, key, list) => {
      const { first, last } = idsOfSku(skuId);
      const lies = (id: string): boolean => first <= id && id <= last;
      expect([reserved(skuId, buyer, key), commandIdFor(skuId, list)].map(lies)).toEqual([true, true]);
      expect(lies(reserved(otherSku, buyer, key))).toBe(partitionHash(otherSku) === partitionHash(skuId));
    });
  });

  it('begin with its hash, of eight digits also where that is small; the bounds are UUIDs', () => {
    const small = Array.from({ length: 2_000 }, (_, at) => sku(`s${at}`)).filter((skuId) => partitionHash(skuId) < 0x0100_0000);
    expect(small.length).toBeGreaterThan(0);
    for (const skuId of small) {
      const { first, last } = idsOfSku(skuId);
      expect([first, last].every((id) => isUuid(id))).toBe(true);
      expect([first, last].map((id) => id.slice(8))).toEqual(['-0000-0000-0000-000000000000', '-ffff-ffff-ffff-ffffffffffff']);
      expect([first.slice(0, 8), last.slice(0, 8)]).toEqual(Array(2).fill(reserved(skuId, ANN).slice(0, 8)));
    }
    expect(idsOfSku(sku('sku-994'))).toEqual(idsOfSku(sku('sku-186244')));
  });
});

describe('the hash of an Idempotency-Key', () => {
  it('is 128 bits of the digest of issuer, user and key', () => {
    property(fc.string(), fc.string(), fc.string(), (issuer, user, key) => {
      const hash = idempotencyKeyHash(principal(user, issuer), key);
      expect(hash).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(hash).toBe(sha256([issuer, user, key]).toString('base64url').slice(0, 22));
    });
  });

  it('differs by issuer, by user and by key', () => {
    const hashes = [
      idempotencyKeyHash(principal('ann', 'shop'), 'k'),
      idempotencyKeyHash(principal('ann', 'idp'), 'k'),
      idempotencyKeyHash(principal('bob', 'shop'), 'k'),
      idempotencyKeyHash(principal('ann', 'shop'), 'l'),
      idempotencyKeyHash(principal('nn', 'shopa'), 'k'),
      idempotencyKeyHash(principal('annk', 'shop'), ''),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe('what is taken for an id', () => {
  const UUID = '0123abcd-89ef-812a-b567-89abcdef0123';
  const GROUPS = UUID.split('-');
  const UPPER_IN_ONE_GROUP = GROUPS.map((group) => GROUPS.map((text) => (text === group ? text.toUpperCase() : text)).join('-'));
  it.each([
    ['SKU', isSkuId, ['a', '7', 'Shoe.42:red_L-x', 'a'.repeat(64)], ['', '-a', '.a', 'a b', 'a/b', 'a'.repeat(65), 'é', 'a\n', 'a"']],
    ['user', isUserId, ['a', 'auth0|5f7c', 'ann+x@example.org', 'a'.repeat(128)], ['', 'a b', "a'", 'a/b', 'a'.repeat(129), 'a\n', 'ü']],
    ['issuer', isIssuer, ['shop', 'https://id.example.org/realms/x?y=1', 'a'.repeat(200)], ['', 'a b', 'a\n', 'a'.repeat(201), 'a"']],
    [
      'UUID',
      isUuid,
      [UUID],
      ['', `${UUID}0`, `0${UUID}`, `${UUID}\n`, UUID.replaceAll('-', ''), UUID.replace('b', 'g'), ...UPPER_IN_ONE_GROUP],
    ],
  ])('%s', (_name, accepts, good, bad) => {
    expect(good.filter((text) => !accepts(text))).toEqual([]);
    expect(bad.filter((text) => accepts(text))).toEqual([]);
    expect([null, undefined, 7, {}, ['a']].filter((value) => accepts(value))).toEqual([]);
  });
});

test('the name of a storefront is its issuer; what cannot be a name is none', () => {
  expect(isIssuer(storefrontIssuer('shop-1'))).toBe(true);
  for (const name of ['', 'Shop', 'a:b', 'x'.repeat(41)]) expect(() => storefrontIssuer(name)).toThrow('cannot be the name');
});
