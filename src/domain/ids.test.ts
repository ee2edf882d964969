import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { principal } from '../../test/support/domain.js';
import { commandIdFor, idBelongsTo, idempotencyKeyHash, isIssuer, isSkuId, isUserId, isUuid, reservationIdFor, type SkuId } from './ids.js';
import { partitionHash, partitionOf, partitionOfId } from './partition-hash.js';

const SEED = 20_260_102;
const UUID_V8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const skuIds = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/).map((text) => text as SkuId);
const parts = fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 4 });
const sku = (text: string): SkuId => text as SkuId;

const property = <T extends [unknown, ...unknown[]]>(...args: Parameters<typeof fc.property<T>>): void =>
  fc.assert(fc.property<T>(...args), { seed: SEED, numRuns: 500 });

/** The formula once more, as one text: each part behind its length in bytes. */
const sha256 = (list: readonly string[]): Buffer =>
  createHash('sha256')
    .update(list.map((part) => `${new TextEncoder().encode(part).length}:${part}`).join(''))
    .digest();

describe('ids that follow from their parts', () => {
  it('are UUIDs of version 8', () => {
    property(skuIds, parts, (skuId, list) => {
      expect(commandIdFor(skuId, list)).toMatch(UUID_V8);
      expect(reservationIdFor(skuId, list.join())).toMatch(UUID_V8);
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
    expect(reservationIdFor(sku('s1'), '2')).not.toBe(reservationIdFor(sku('s'), '12'));
  });

  it('hold the hash of the SKU, then the digest but for the bits of version and variant', () => {
    property(skuIds, parts, (skuId, list) => {
      const bytes = Buffer.from(commandIdFor(skuId, list).replaceAll('-', ''), 'hex');
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
      expect(partitionOfId(reservationIdFor(skuId, 'k'), count)).toBe(partitionOf(skuId, count));
    });
  });

  it('belong to their SKU and to no other', () => {
    property(skuIds, skuIds, (one, other) => {
      expect(idBelongsTo(reservationIdFor(one, 'k'), one)).toBe(true);
      expect(idBelongsTo(reservationIdFor(one, 'k'), other)).toBe(one === other);
    });
  });

  // Ids are stored and replayed: a program that computes others would take every old request for a new one.
  it('stay what they have been', () => {
    const keyHash = idempotencyKeyHash(principal('ann'), 'key-1');
    expect(keyHash).toBe('SN9hP8yzIOigRIqtK6m7vT');
    expect(reservationIdFor(sku('sku-1'), keyHash)).toBe('e70d96cb-7698-872a-8719-a644a6d894be');
    expect(commandIdFor(sku('sku-1'), ['a', 'é'])).toBe('e70d96cb-7109-8ab3-a2e4-0417f68c2324');
  });
});

describe('a reservation id', () => {
  it('is another for another SKU, even in the same partition', () => {
    const digestOf = (skuId: string): string => reservationIdFor(sku(skuId), 'same-key').slice(9);
    expect(digestOf('sku-1')).not.toBe(digestOf('sku-2'));
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
