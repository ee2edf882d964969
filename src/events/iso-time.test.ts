import fc from 'fast-check';
import type { Millis } from '../domain/ids.js';
import { createIsoTime } from './iso-time.js';

test('it is what the platform writes, for times near and far', () => {
  const iso = createIsoTime();
  const near = fc.integer({ min: 1_700_000_000_000, max: 1_700_002_000_000 });
  const far = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
  fc.assert(
    fc.property(fc.array(fc.oneof(near, far), { maxLength: 2_500, size: 'max' }), (times) => {
      for (const ms of times) expect(iso(ms as Millis)).toBe(new Date(ms).toISOString());
    }),
    { numRuns: 20 },
  );
});
