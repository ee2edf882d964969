import fc from 'fast-check';
import pg from 'pg';
import { parseTimestamptz } from './timestamptz.js';

const general = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text');

test.each([
  ['2026-11-21 15:12:34.123+00', Date.UTC(2026, 10, 21, 15, 12, 34, 123)],
  ['2026-11-21 15:12:34.1+00', Date.UTC(2026, 10, 21, 15, 12, 34, 100)],
  ['2026-11-21 15:12:34.000999+00', Date.UTC(2026, 10, 21, 15, 12, 34, 0)],
  ['2026-11-21 15:12:34+00', Date.UTC(2026, 10, 21, 15, 12, 34)],
  ['2026-11-21 20:42:34.123+05:30', Date.UTC(2026, 10, 21, 15, 12, 34, 123)],
  ['0100-03-01 00:00:00+00', new Date('0100-03-01T00:00:00Z').getTime()],
  ['infinity', Number.POSITIVE_INFINITY],
])('%s', (text, ms) => {
  expect(parseTimestamptz(text)).toBe(ms);
});

test('it agrees with the general parser on every time', () => {
  const time = fc.integer({ min: -60_000_000_000_000, max: 253_402_300_799_999 });
  fc.assert(
    fc.property(time, fc.integer({ min: 0, max: 6 }), (ms, digits) => {
      const [day, clock] = new Date(ms).toISOString().slice(0, -1).split('T') as [string, string];
      fc.pre(/^\d{4}-/.test(day));
      const [whole, fraction = ''] = clock.split('.');
      const text = `${day} ${whole}${digits === 0 ? '' : `.${`${fraction}789`.slice(0, digits)}`}+00`;
      expect(parseTimestamptz(text)).toBe(Number(general(text)));
    }),
    { numRuns: 2_000 },
  );
});
