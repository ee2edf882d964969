import fc from 'fast-check';
import {
  adjustOf,
  cancelOf,
  configureOf,
  confirmOf,
  expireOf,
  extendOf,
  logArbitrary,
  logOf,
  reserveOf,
  skuNamed,
} from '../../test/support/memory-log.js';
import { COMMAND_VERSION, type Command } from '../domain/command.js';
import { commandIdFor, type Offset } from '../domain/ids.js';
import { partitionOf } from '../domain/partition-hash.js';
import { UNDECODABLE } from '../ports/dead-letters.js';
import type { RawRecord } from '../ports/log.js';
import { decodeRecord, encodeCommand } from './codec.js';
import { decodeChunk } from './decode-chunk.js';

const RUNS = { seed: 20_260_301, numRuns: 2_000 };
const HERE = { partition: 0, partitionCount: 1 };
const RESERVE = reserveOf('hot');
const CONFIGURE = configureOf('hot', 500, { name: 'a "thing"\n', state: 'PAUSED', perUserLimit: 3, opensAt: 5, closesAt: null });

const OTHERS: readonly Command[] = [confirmOf('hot'), cancelOf('hot'), extendOf('hot'), expireOf('hot'), adjustOf('hot', -3)];

const raw = (value: string | Buffer | null, key: string | null = 'hot'): RawRecord => ({
  offset: 7 as Offset,
  appendedAt: 99,
  key: key === null ? null : Buffer.from(key),
  value: typeof value === 'string' ? Buffer.from(value) : value,
});
const rawCommand = (command: Command, over: object = {}): RawRecord =>
  raw(JSON.stringify({ version: COMMAND_VERSION, ...command, ...over }));
const without = (command: Command, field: string): string => JSON.stringify({ version: COMMAND_VERSION, ...command, [field]: undefined });

describe('a command that is well formed', () => {
  it.each<[string, Command]>([
    ['reserve', RESERVE],
    ['configure', CONFIGURE],
    ['configure of a version', configureOf('hot', null, {}, 12)],
    ['configure of any version', configureOf('hot', null, {}, '*')],
    ...OTHERS.map((command): [string, Command] => [command.type, command]),
    ...[0, -1, 2 ** 40, 1_000_000_001].map((quantity): [string, Command] => [
      `reserve of ${quantity}`,
      reserveOf('hot', 'ann', 'k1', quantity),
    ]),
  ])('%s: what was written is read', (_, command) => {
    const [record] = logOf([command], 7);
    expect(decodeRecord(record as RawRecord, HERE)).toEqual({ ok: true, record: { offset: 7, appendedAt: record?.appendedAt, command } });
  });

  it('is read without what else it holds', () => {
    const decoded = decodeRecord(rawCommand(RESERVE, { surprise: { deep: 1 }, total: 9 }), HERE);
    expect(decoded.ok && decoded.record.command).toEqual(RESERVE);
  });

  it('every setting at its bounds', () => {
    const changes = [
      { name: '' },
      { name: 'x'.repeat(200) },
      { state: 'OPEN' as const },
      { perUserLimit: 1 },
      { maxQuantity: 1_000_000_000 },
      { holdSeconds: 604_800 },
      { maxExtendSeconds: 0 },
      { opensAt: null, closesAt: 253_402_300_799_999 },
    ];
    for (const change of changes) expect(decodeRecord(rawCommand(configureOf('hot', 0, change)), HERE).ok).toBe(true);
  });
});

describe('a record that cannot be decided has a reason', () => {
  const reasonOf = (record: RawRecord, place = HERE): string => {
    const decoded = decodeRecord(record, place);
    return decoded.ok ? 'none' : decoded.reason;
  };
  const seen = new Set<string>();
  afterAll(() => expect([...seen].sort()).toEqual([...UNDECODABLE].sort()));
  const expectReason = (record: RawRecord, reason: string, place = HERE): void => {
    seen.add(reason);
    expect([record.value?.toString(), reasonOf(record, place)]).toEqual([record.value?.toString(), reason]);
  };

  it('no value', () => expectReason(raw(null), 'TOMBSTONE'));

  it.each(['', 'x', '{', '[]', '[{}]', 'null', '1', '"text"', '{"version":1', '\u0000'])('no JSON object: %j', (text) =>
    expectReason(raw(text), 'INVALID_JSON'),
  );

  it('bytes that are no text', () => expectReason(raw(Buffer.from([0xff, 0xfe, 0x7b])), 'INVALID_JSON'));

  it.each([undefined, 0, 2, '1', null, 1.5])('another version: %j', (version) =>
    expectReason(rawCommand(RESERVE, { version }), 'UNKNOWN_VERSION'),
  );

  it.each([undefined, 'refund', 1, null, 'toString', '__proto__', 'constructor'])('another type: %j', (type) =>
    expectReason(rawCommand(RESERVE, { type }), 'UNKNOWN_TYPE'),
  );

  it.each(Object.keys(RESERVE).filter((field) => field !== 'type'))('a reserve without %s', (field) =>
    expectReason(raw(without(RESERVE, field)), 'INVALID_COMMAND'),
  );

  it.each(Object.keys(CONFIGURE).filter((field) => field !== 'type'))('a configure without %s', (field) =>
    expectReason(raw(without(CONFIGURE, field)), 'INVALID_COMMAND'),
  );

  const OTHER_ID = commandIdFor(skuNamed('cold'), ['x']);
  it.each<object>([
    { quantity: 1.5 },
    { quantity: 2 ** 53 },
    { quantity: '1' },
    { quantity: null },
    { commandId: 'no id' },
    { commandId: RESERVE.commandId.toUpperCase(), reservationId: RESERVE.reservationId.toUpperCase() },
    { commandId: commandIdFor(skuNamed('hot'), ['x']) },
    { commandId: OTHER_ID, reservationId: OTHER_ID },
    { skuId: 'white space' },
    { issuer: 'a b' },
    { userId: '' },
    { userId: 'x'.repeat(129) },
    { correlationId: 'x'.repeat(129) },
    { correlationId: 5 },
    { idempotencyKeyHash: 'x'.repeat(65) },
    { timestamp: -1 },
    { timestamp: 253_402_300_800_000 },
    { decideBy: 1.5 },
    { decideBy: null },
  ])('a reserve with %j', (over) => expectReason(rawCommand(RESERVE, over), 'INVALID_COMMAND'));

  it.each<object>([
    { ifMatch: -1 },
    { ifMatch: '1' },
    { total: -1 },
    { total: 1_000_000_001 },
    { total: 0.5 },
    { change: null },
    { change: [] },
    { change: 'x' },
    { change: { surprise: 1 } },
    { change: { toString: 1 } },
    { change: { name: 'x'.repeat(201) } },
    { change: { name: 'nul \u0000' } },
    { change: { name: 'half \ud800' } },
    { change: { state: 'UNKNOWN' } },
    { change: { perUserLimit: 0 } },
    { change: { maxQuantity: null } },
    { change: { holdSeconds: 0 } },
    { change: { holdSeconds: 604_801 } },
    { change: { maxExtendSeconds: -1 } },
    { change: { opensAt: 'soon' } },
    { change: { closesAt: 0.5 } },
  ])('a configure with %j', (over) => expectReason(rawCommand(CONFIGURE, over), 'INVALID_COMMAND'));

  it.each([null, '', 'cold', 'hot '])('the key %j', (key) => expectReason(raw(encodeCommand(RESERVE), key), 'WRONG_KEY'));

  it('another partition than its SKU has', () => {
    const partition = (partitionOf('hot', 10) + 1) % 10;
    expectReason(rawCommand(RESERVE), 'WRONG_PARTITION', { partition, partitionCount: 10 });
    expect(reasonOf(rawCommand(RESERVE), { partition: partitionOf('hot', 10), partitionCount: 10 })).toBe('none');
  });

  it('with the id, where it can be read', () => {
    const ids = [
      rawCommand(RESERVE, { version: 2 }),
      rawCommand(RESERVE, { quantity: 0.5 }),
      raw(encodeCommand(RESERVE), 'x'),
      raw('{}'),
      raw('x'),
    ];
    expect(ids.map((record) => decodeRecord(record, HERE)).map((decoded) => !decoded.ok && decoded.reservationId)).toEqual([
      ...[RESERVE.reservationId, RESERVE.reservationId, RESERVE.reservationId],
      ...[null, null],
    ]);
    expect(decodeRecord(rawCommand(RESERVE, { version: 2, reservationId: "'; drop" }), HERE)).toMatchObject({ reservationId: null });
  });
});

describe('whatever is in the topic', () => {
  const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
  const json = fc.jsonValue({ depthSize: 'medium' }).map((value) => Buffer.from(JSON.stringify(value)));
  /** A good command with some fields replaced by anything. */
  const nearly = fc
    .tuple(
      fc.constantFrom<Command>(RESERVE, CONFIGURE, ...OTHERS),
      fc.dictionary(
        fc.constantFrom('version', ...new Set([RESERVE, CONFIGURE, ...OTHERS].flatMap((command) => Object.keys(command)))),
        fc.jsonValue(),
      ),
    )
    .map(([command, over]) => Buffer.from(JSON.stringify({ version: 1, ...command, ...over })));
  const value = fc.oneof(bytes, json, nearly, fc.constant(null));
  const key = fc.option(fc.oneof(fc.constant(Buffer.from('hot')), bytes));

  it('each record is a command or a dead letter, in order, and nothing throws', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ key, value }), { maxLength: 5 }), logArbitrary, (foreign, own) => {
        const records = [...foreign.map((parts, at) => ({ ...parts, offset: at as Offset, appendedAt: at })), ...own];
        const numbered = records.map((record, at) => ({ ...record, offset: at as Offset }));
        const { commands, deadLetters } = decodeChunk(numbered, { partition: 0, partitionCount: 1 });
        const offsets = [...commands, ...deadLetters].map(({ offset }) => offset);
        expect(offsets.sort((a, b) => a - b)).toEqual(numbered.map(({ offset }) => offset));
        expect(commands.every(({ offset }, at) => at === 0 || offset > (commands[at - 1]?.offset ?? -1))).toBe(true);
        for (const letter of deadLetters) expect(letter).toMatchObject({ ...numbered[letter.offset], partition: 0 });
      }),
      RUNS,
    );
  });
});
