import { answers, aReserve, aRow, aSnapshot, aStock, byId, inLog, NOW, PARTITION, principal, SKU } from '../../test/support/domain.js';
import type { LogRecord, ReserveCommand } from './command.js';
import { decide } from './decide.js';
import type { Principal } from './ids.js';
import { UNITS_MAX } from './limits.js';
import { CONFIGURE_REFUSALS, RESERVE_REFUSALS, type ReserveRefusal } from './refusal.js';
import type { Reservation } from './reservation.js';
import { type SkuSettings, unknownStock } from './stock.js';

/** The order that the design promises, written down once more. */
const ORDER: readonly ReserveRefusal[] = [
  'INVALID_QUANTITY',
  'KEY_REUSED',
  'UNKNOWN_SKU',
  'DEADLINE_EXCEEDED',
  'SALE_NOT_OPEN',
  'SALE_CLOSED',
  'SALE_PAUSED',
  'QUANTITY_TOO_LARGE',
  'USER_LIMIT_EXCEEDED',
  'SOLD_OUT',
];

/** A request for 2 units that would get them, and all that stands in its way. */
interface Scene {
  settings: Partial<SkuSettings>;
  total: number;
  rows: Reservation[];
  now: number;
  quantity: number;
}

const ASKED = { user: 'ann', key: 'this', quantity: 2, appendedAt: NOW, decideBy: NOW + 100 };

/** Makes one reason apply and touches none that another needs. */
const CAUSES: Readonly<Record<ReserveRefusal, (scene: Scene) => void>> = {
  KEY_REUSED: ({ rows }) => rows.push(aRow({ ...ASKED, quantity: 1 }, { status: 'REJECTED' })),
  INVALID_QUANTITY: (scene) => Object.assign(scene, { quantity: UNITS_MAX + 1 }),
  UNKNOWN_SKU: ({ settings }) => Object.assign(settings, { state: 'UNKNOWN' }),
  DEADLINE_EXCEEDED: (scene) => Object.assign(scene, { now: ASKED.decideBy + 1 }),
  SALE_NOT_OPEN: ({ settings }) => Object.assign(settings, { opensAt: ASKED.appendedAt + 1 }),
  SALE_CLOSED: ({ settings }) => Object.assign(settings, { closesAt: ASKED.appendedAt }),
  SALE_PAUSED: ({ settings }) => Object.assign(settings, { state: 'PAUSED' }),
  QUANTITY_TOO_LARGE: ({ settings }) => Object.assign(settings, { maxQuantity: 1 }),
  USER_LIMIT_EXCEEDED: ({ rows }) => rows.push(aRow({ ...ASKED, key: 'earlier', quantity: 9 })),
  SOLD_OUT: (scene) => Object.assign(scene, { total: 10 }),
};

/** One state at a time: the only two reasons that exclude each other. */
const exclusive = (reasons: readonly ReserveRefusal[]): boolean => reasons.includes('UNKNOWN_SKU') && reasons.includes('SALE_PAUSED');

const SUBSETS = Array.from({ length: 2 ** ORDER.length }, (_, bits) => ORDER.filter((_reason, index) => (bits >> index) & 1)).filter(
  (reasons) => !exclusive(reasons),
);

const request = (): LogRecord<ReserveCommand> => aReserve(ASKED);

function answerWhen(reasons: readonly ReserveRefusal[]): string | undefined {
  const scene: Scene = { settings: {}, total: 11, rows: [], now: NOW, quantity: ASKED.quantity };
  for (const reason of reasons) CAUSES[reason](scene);
  // 9 units are always held, by this buyer or by another, so that the limit and the stock can be reached separately.
  if (!reasons.includes('USER_LIMIT_EXCEEDED')) scene.rows.push(aRow({ user: 'bob', quantity: 9 }));
  const stock = aStock({ total: scene.total, reserved: 9, settings: scene.settings });
  return answers(decide(aSnapshot(stock, scene.rows), [aReserve({ ...ASKED, quantity: scene.quantity })], scene.now))[0];
}

const PAIRS = ORDER.flatMap((earlier, index) => ORDER.slice(index + 1).map((later) => [earlier, later] as const));

describe('the order of refusals', () => {
  it('is the documented one', () => {
    expect(RESERVE_REFUSALS).toEqual(ORDER);
    expect(CONFIGURE_REFUSALS).toEqual(['NOT_FOUND', 'VERSION_CONFLICT', 'INVALID_WINDOW']);
  });

  it('does not come into play where nothing stands in the way', () => {
    expect(answerWhen([])).toBe('RESERVED');
  });

  it.each(ORDER)('%s applies by itself', (reason) => {
    expect(answerWhen([reason])).toBe(reason);
  });

  it.each(PAIRS.filter((pair) => !exclusive(pair)))('%s comes before %s', (earlier, later) => {
    expect(answerWhen([earlier, later])).toBe(earlier);
    expect(answerWhen([later, earlier])).toBe(earlier);
  });

  it('gives the first of however many apply', () => {
    expect(SUBSETS.length).toBe(1_024 - 256);
    for (const reasons of SUBSETS) expect([reasons, answerWhen(reasons)]).toEqual([reasons, reasons[0] ?? 'RESERVED']);
  });

  it('lets a repeat go before every refusal', () => {
    const known = aRow(ASKED, { status: 'REJECTED' });
    const stock = aStock({ total: 0, settings: { state: 'UNKNOWN', opensAt: NOW + 1, closesAt: NOW, maxQuantity: 1, perUserLimit: 0 } });
    expect(answers(decide(aSnapshot(stock, [known]), [request()], ASKED.decideBy + 1))).toEqual(['DUPLICATE']);
  });
});

describe("another's reservation id", () => {
  const sentBy = (sender: Principal): LogRecord => ({ ...request(), command: { ...request().command, ...sender } });

  it.each<[string, Principal]>([
    ['another user', principal('bob')],
    ['the same user of another issuer', principal('ann', 'idp')],
  ])('is no repeat when sent by %s: refused without a row, and the first stands', (_who, sender) => {
    const known = aRow(ASKED);
    const { created, after, decisions } = decide(aSnapshot(aStock({ reserved: 2 }), [known]), [sentBy(sender)], NOW);
    const refused = { outcome: 'REFUSED', reason: 'KEY_REUSED', reservation: known, settings: null };
    expect(decisions).toEqual([{ sequence: 1, record: sentBy(sender), ...refused }]);
    expect([created, after.reserved]).toEqual([[], 2]);
  });

  it('is no repeat within a batch either, nor does it take anything from either buyer', () => {
    const records = inLog([request(), sentBy(principal('bob')), request(), aReserve({ user: 'bob', quantity: 2 })]);
    const batch = decide(aSnapshot(aStock({ settings: { perUserLimit: 2 } })), records, NOW);
    expect(answers(batch)).toEqual(['RESERVED', 'KEY_REUSED', 'DUPLICATE', 'RESERVED']);
  });
});

describe('a refusal', () => {
  const sold = (): ReturnType<typeof decide> => decide(aSnapshot(aStock({ total: 1 })), [request()], NOW);

  it('is a row of its own that holds nothing', () => {
    const { created, after, decisions } = sold();
    const { command } = request();
    expect(created).toEqual([
      {
        reservationId: command.reservationId,
        skuId: SKU,
        issuer: command.issuer,
        userId: command.userId,
        quantity: 2,
        status: 'REJECTED',
        reason: 'SOLD_OUT',
        sequence: 1,
        version: 1,
        queuedAt: command.timestamp,
        decideBy: command.decideBy,
        decidedAt: NOW,
        expiresAt: null,
        confirmedAt: null,
        paymentReference: null,
        extensionId: null,
      },
    ]);
    const refused = { outcome: 'REFUSED', reason: 'SOLD_OUT', reservation: created[0], settings: null };
    expect(decisions[0]).toEqual({ sequence: 1, record: request(), ...refused });
    expect([after.reserved, after.confirmed, after.total]).toEqual([0, 0, 1]);
  });

  it('as KEY_REUSED leaves the first reservation as it is and makes no row', () => {
    const first = aRow({ ...ASKED, quantity: 1 }, { status: 'CONFIRMED', version: 4 });
    const snapshot = aSnapshot(aStock({ confirmed: 1, sequence: 4 }), [first]);
    const { created, after, decisions } = decide(snapshot, [request()], NOW);
    const refused = { outcome: 'REFUSED', reason: 'KEY_REUSED', reservation: first, settings: null };
    expect(decisions[0]).toEqual({ sequence: 5, record: request(), ...refused });
    expect(created).toEqual([]);
    expect([after.reserved, after.confirmed, after.sequence]).toEqual([0, 1, 5]);
    expect(snapshot.reservations).toEqual(byId([first]));
  });

  it.each([0, -1, UNITS_MAX + 1])(
    'as INVALID_QUANTITY refuses the record only: %i units make no row, and the key stays usable',
    (quantity) => {
      const wrong = aReserve({ ...ASKED, quantity });
      const { created, after, decisions, holdings } = decide(aSnapshot(), inLog([wrong, request(), wrong]), NOW);
      const refused = { outcome: 'REFUSED', settings: null };
      expect(decisions[0]).toEqual({ sequence: 1, record: wrong, ...refused, reason: 'INVALID_QUANTITY', reservation: null });
      expect(decisions[1]).toMatchObject({ outcome: 'RESERVED', reservation: created[0] });
      expect(decisions[2]).toMatchObject({ ...refused, reason: 'INVALID_QUANTITY', reservation: null });
      expect([created.length, after.reserved, holdings.get(principal('ann'))]).toEqual([1, 2, 2]);
    },
  );

  it('of an unknown SKU takes a number, moves the watermark and the chain of the stub, and nothing else', () => {
    const stub = unknownStock(SKU, PARTITION);
    const { after, created, entry } = decide(aSnapshot(stub), [aReserve({ ...ASKED, offset: 41 })], NOW);
    expect(after).toEqual({ ...stub, sequence: 1, watermark: 41, headHash: entry.hash, decidedAt: NOW });
    expect(created.map(({ status, reason }) => [status, reason])).toEqual([['REJECTED', 'UNKNOWN_SKU']]);
  });
});
