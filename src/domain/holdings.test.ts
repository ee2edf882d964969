import fc from 'fast-check';
import { aRow, principal, SKU } from '../../test/support/domain.js';
import { Holdings, holdingsOf } from './holdings.js';
import type { Principal, SkuId } from './ids.js';
import type { DecidedStatus, Reservation } from './reservation.js';

const ANN = principal('ann');
const bought = (user: string, quantity: number, status: DecidedStatus = 'RESERVED', over: Partial<Reservation> = {}): Reservation =>
  aRow({ user, quantity, key: `${user} ${quantity} ${status}` }, { status, ...over });

const holding = (...entries: [Principal, number][]): Holdings => {
  const holdings = new Holdings();
  for (const [buyer, units] of entries) holdings.set(buyer, units);
  return holdings;
};

it('counts what is reserved and confirmed of this SKU, for each buyer', () => {
  const rows = [
    bought('ann', 1),
    bought('ann', 2, 'CONFIRMED'),
    bought('ann', 4, 'CANCELLED'),
    bought('ann', 5, 'EXPIRED'),
    bought('ann', 6, 'REJECTED'),
    bought('ann', 7, 'RESERVED', { skuId: 'another' as SkuId }),
    bought('bob', 3),
    bought('cy', 3, 'REJECTED'),
  ];
  const holdings = holdingsOf(SKU, rows);
  expect(['ann', 'bob', 'cy'].map((user) => holdings.get(principal(user)))).toEqual([3, 3, undefined]);
  expect(holdings.size).toBe(2);
});

it('the same user of two issuers is two buyers, and nothing is mixed up where their names run together', () => {
  const names: [string, string][] = [
    ['ann', 'shop'],
    ['ann', 'mall'],
    ['nn', 'shopa'],
    ['__proto__', 'constructor'],
    ['constructor', '__proto__'],
  ];
  const holdings = holding(...names.map((name, at): [Principal, number] => [principal(...name), at + 1]));
  expect([holdings.size, ...names.map((name) => holdings.get(principal(...name)))]).toEqual([5, 1, 2, 3, 4, 5]);
  expect(holdings.get(principal('toString', 'shop'))).toBeUndefined();
});

it('a buyer who is said to hold nothing is known here, and gone where it is taken', () => {
  const nothing = holding([ANN, 0]);
  expect([nothing.get(ANN), nothing.size]).toEqual([0, 1]);
  const holdings = holding([ANN, 2], [principal('bob'), 1]);
  holdings.take(nothing);
  expect([holdings.get(ANN), holdings.get(principal('bob')), holdings.size]).toEqual([undefined, 1, 1]);
  holdings.take(nothing);
  holdings.take(holding([principal('ann', 'nowhere'), 0]));
  expect(holdings.size).toBe(1);
});

it('what is taken is replaced, not added, and what it was taken from stays as it is', () => {
  const changes = holding([ANN, 5]);
  const holdings = holding([ANN, 2]);
  holdings.take(changes);
  holdings.set(ANN, 6);
  expect([holdings.get(ANN), changes.get(ANN), holdings.size]).toEqual([6, 5, 1]);
});

it('is a map of buyers, whatever is set and taken', () => {
  const name = fc.constantFrom('ann', 'bob', 'shop');
  const changes = fc.array(fc.tuple(name, name, fc.nat(2)), { maxLength: 4 });
  const holds = fc.property(fc.array(fc.tuple(fc.boolean(), changes), { maxLength: 12 }), (rounds) => {
    const holdings = new Holdings();
    const model = new Map<string, number>();
    for (const [taken, entries] of rounds) {
      const named = entries.map(([user, issuer, units]) => [principal(user, issuer), units] as [Principal, number]);
      if (taken) holdings.take(holding(...named));
      else for (const [buyer, units] of named) holdings.set(buyer, units);
      for (const [user, issuer, units] of entries) model.set(`${user} ${issuer}`, units);
      if (taken) for (const [user, issuer] of entries) if (model.get(`${user} ${issuer}`) === 0) model.delete(`${user} ${issuer}`);
    }
    expect(holdings.size).toBe(model.size);
    for (const [key, units] of model) {
      const [user, issuer] = key.split(' ') as [string, string];
      expect(holdings.get(principal(user, issuer))).toBe(units);
    }
  });
  fc.assert(holds, { seed: 20_260_211, numRuns: 500 });
});
