import { gate, settled } from '../../test/support/memory-clock.js';
import { commandsIn, configureOf, logOf, reserveOf } from '../../test/support/memory-log.js';
import { MemoryStore } from '../../test/support/memory-store.js';
import type { LoadRequest } from '../ports/store.js';
import { groupBySku } from './commands-by-sku.js';
import { createGroupLoad } from './group-load.js';
import { prepare, whatToLoad } from './prepare.js';

const requestOf = (...written: Parameters<typeof logOf>[0]): LoadRequest => whatToLoad(groupBySku(commandsIn(logOf(written))));

test('the reads of chunks that come while one is under way are one read, of each SKU once', async () => {
  const store = new MemoryStore();
  const asked: LoadRequest[] = [];
  const reading = gate();
  const load = createGroupLoad({
    async load(request) {
      asked.push(request);
      await reading.promise;
      return store.look(request);
    },
  });
  const alone = requestOf(reserveOf('hot', 'ann'));
  const first = load(alone);
  await settled();
  const second = [load(requestOf(reserveOf('hot', 'bob'), configureOf('warm', 1))), load(requestOf(reserveOf('hot', 'cy')))];
  reading.open();
  await Promise.all([first, ...second]);
  expect(asked[0]).toBe(alone);
  expect(asked).toHaveLength(2);
  expect(asked[1]).toMatchObject({ skuIds: ['hot', 'warm'], commandIds: [configureOf('warm', 1).commandId] });
  expect(asked[1]?.reservationIds).toEqual([reserveOf('hot', 'bob').reservationId, reserveOf('hot', 'cy').reservationId]);
});

test('a chunk is decided on a shared read as on its own', async () => {
  const store = new MemoryStore();
  const chunks = [
    [configureOf('hot', 2), reserveOf('hot', 'ann')],
    [reserveOf('warm', 'ann')],
    [configureOf('cold', 1), reserveOf('cold', 'ann')],
  ];
  const groups = chunks.map((written) => groupBySku(commandsIn(logOf(written))));
  const load = createGroupLoad(store);
  const shared = await Promise.all(groups.map((group) => load(whatToLoad(group))));
  for (const [at, group] of groups.entries()) {
    const own = prepare(group, store.look(whatToLoad(group)), [], 0);
    expect(prepare(group, shared[at] as (typeof shared)[number], [], 0)).toEqual(own);
  }
});
