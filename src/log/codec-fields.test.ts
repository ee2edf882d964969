import { adjustOf, cancelOf, configureOf, confirmOf, expireOf, extendOf, reserveOf, skuNamed } from '../../test/support/memory-log.js';
import { COMMAND_VERSION, type Command } from '../domain/command.js';
import { commandIdFor, type Offset } from '../domain/ids.js';
import { type Decoded, decodeRecord } from './codec.js';

const HOLDS: readonly Command[] = [confirmOf('hot'), cancelOf('hot'), extendOf('hot', 'ann', 'k1', 30), expireOf('hot')];
const ALL: readonly Command[] = [...HOLDS, adjustOf('hot', 2)];
const ELSEWHERE = reserveOf('cold').reservationId;

function decode(command: Command, over: object): Decoded {
  const value = Buffer.from(JSON.stringify({ version: COMMAND_VERSION, ...command, ...over }));
  return decodeRecord({ offset: 7 as Offset, appendedAt: 9, key: Buffer.from('hot'), value }, { partition: 0, partitionCount: 1 });
}
const answer = (command: Command, over: object): string => {
  const decoded = decode(command, over);
  return decoded.ok ? 'read' : decoded.reason;
};
const FIELDS = ALL.flatMap((command) =>
  Object.keys(command)
    .filter((field) => field !== 'type')
    .map((field): [string, string, Command] => [command.type, field, command]),
);

describe('a command about a reservation, or of a total', () => {
  it.each(FIELDS)('%s without %s is none', (_type, field, command) => {
    expect(answer(command, { [field]: undefined })).toBe('INVALID_COMMAND');
  });

  it.each(FIELDS)('%s with an object as %s is none', (_type, field, command) => {
    expect(answer(command, { [field]: {} })).toBe('INVALID_COMMAND');
  });

  it.each(HOLDS)('$type has an id of its SKU, and means a reservation of its SKU', (command) => {
    for (const reservationId of [ELSEWHERE, 'no id', reserveOf('hot').reservationId.toUpperCase(), null, 5]) {
      expect(answer(command, { reservationId })).toBe('INVALID_COMMAND');
    }
    expect(answer(command, { commandId: commandIdFor(skuNamed('cold'), ['x']) })).toBe('INVALID_COMMAND');
    expect(answer(command, { reservationId: reserveOf('hot', 'bob').reservationId })).toBe('read');
  });

  it.each(ALL)('$type is read without what else it holds', (command) => {
    const decoded = decode(command, { surprise: 1, change: {}, quantity: 7 });
    expect(decoded.ok && decoded.record).toEqual({ offset: 7, appendedAt: 9, command });
  });

  it('that is none still tells the reservation it is about', () => {
    expect(decode(confirmOf('hot'), { paymentReference: '' })).toMatchObject({ reservationId: reserveOf('hot').reservationId });
    expect(decode(adjustOf('hot', 1), { delta: 0.5 })).toMatchObject({ ok: false, reservationId: null });
  });
});

describe('a payment reference', () => {
  it.each(['p', 'pi_3MtwBwLkdIwHu7ix28a3tqPa', 'a.b:c@d|e+f=g~h/i-j', 'x'.repeat(128)])('%s is read', (paymentReference) => {
    expect(answer(confirmOf('hot'), { paymentReference })).toBe('read');
  });

  it.each(['', 'x'.repeat(129), 'a b', 'a"b', "a'b", 'a\\b', 'a\n', '\u0000', 'é', 'a?b', 5, null])('%j is none', (paymentReference) => {
    expect(answer(confirmOf('hot'), { paymentReference })).toBe('INVALID_COMMAND');
  });
});

describe('figures and texts', () => {
  it.each([null, 0, -1, 1, Number.MAX_SAFE_INTEGER])('seconds may be %j: the writer judges them', (seconds) => {
    expect(answer(extendOf('hot'), { seconds })).toBe('read');
  });

  it.each([1.5, '1', 2 ** 53, true, []])('seconds may not be %j', (seconds) => {
    expect(answer(extendOf('hot'), { seconds })).toBe('INVALID_COMMAND');
  });

  it.each([0, -1, 2 ** 40, -(2 ** 40)])('a delta may be %j', (delta) => {
    expect(answer(adjustOf('hot', 1), { delta })).toBe('read');
  });

  it.each([1.5, '1', 2 ** 53, null])('a delta may not be %j', (delta) => {
    expect(answer(adjustOf('hot', 1), { delta })).toBe('INVALID_COMMAND');
  });

  it.each(['', 'a "found"\nbox', '\ud83d\ude00', 'x'.repeat(200)])('a reason may be %j', (reason) => {
    const decoded = decode(adjustOf('hot', 1), { reason });
    expect(decoded.ok && decoded.record.command).toMatchObject({ reason });
  });

  it.each(['nul \u0000', 'half \ud800', '\udc00', 'x'.repeat(201), null, 5])('a reason may not be %j', (reason) => {
    expect(answer(adjustOf('hot', 1), { reason })).toBe('INVALID_COMMAND');
  });

  it.each([null, 0, 5, '*'])('a version may be %j', (ifMatch) => {
    expect(answer(configureOf('hot', null), { ifMatch })).toBe('read');
  });

  it.each(['', '**', '5', -1, 0.5, ['*']])('a version may not be %j', (ifMatch) => {
    expect(answer(configureOf('hot', null), { ifMatch })).toBe('INVALID_COMMAND');
  });
});
