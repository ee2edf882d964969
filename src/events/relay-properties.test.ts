import fc from 'fast-check';
import { recordingLog } from '../../test/support/log.js';
import { hurriedClock, settled } from '../../test/support/memory-clock.js';
import { type Fate, MemoryEvents, MemoryLedger, PARTITIONS } from '../../test/support/memory-events.js';
import { createTrouble } from '../telemetry/trouble.js';
import { type Relay, startRelay } from './relay.js';

const SKUS = ['ant', 'bee', 'cow', 'doe', 'elk'];
const ALL = [0, 1, 2];

const relayOn = (ledger: MemoryLedger, events: MemoryEvents, partitions: () => readonly number[]): Relay =>
  startRelay({
    ...{ store: ledger, producer: events, partitionCount: PARTITIONS, source: '/test', partitions, clock: hurriedClock() },
    isBusy: () => false,
    onPublished: () => undefined,
    onLag: () => undefined,
    trouble: createTrouble(recordingLog(), 'events'),
  });

type Step =
  | { readonly do: 'write'; readonly sku: string; readonly count: number }
  | { readonly do: 'start' | 'stop' | 'wait'; readonly turns: number }
  | { readonly do: 'fail'; readonly fates: Fate[] };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('write' as const), sku: fc.constantFrom(...SKUS), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constantFrom('start' as const, 'stop' as const, 'wait' as const), turns: fc.integer({ min: 0, max: 12 }) }),
  fc.record({
    do: fc.constant('fail' as const),
    fates: fc.array(fc.constantFrom<Fate>('written', 'lost', 'unanswered', 'skipped'), { maxLength: 4 }),
  }),
);

test('whatever fails, crashes and overlaps: no decision is missing, and first occurrences are in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), fc.integer({ min: 1, max: 3 }), async (steps, pageSize) => {
      const ledger = new MemoryLedger();
      const events = new MemoryEvents();
      const relays: Relay[] = [];
      ledger.maxEntries = pageSize;
      // A process that died: what it had sent may be there, its cursor is not moved and it sends no more.
      const alive: { isDead: boolean }[] = [];
      for (const each of steps) {
        if (each.do === 'write') ledger.write(each.sku, each.count);
        else if (each.do === 'fail') events.fates.push(...each.fates);
        else {
          if (each.do === 'start' && alive.length < 2) {
            const process = { isDead: false };
            alive.push(process);
            relays.push(relayOn(ledger, events, () => (process.isDead ? [] : ALL)));
          }
          const dying = each.do === 'stop' ? alive.shift() : undefined;
          if (dying !== undefined) dying.isDead = true;
          await settled(each.turns);
        }
        ledger.failing = each.do === 'stop' ? 1 : 0;
      }
      ledger.failing = 0;
      events.fates = [];
      relays.push(relayOn(ledger, events, () => ALL));
      await settled(50 + 20 * steps.length);
      await Promise.all(relays.map((each) => each.stop()));
      expect(Object.fromEntries(events.firsts())).toEqual(Object.fromEntries(ledger.decided()));
    }),
    { numRuns: 60 },
  );
}, 60_000);
