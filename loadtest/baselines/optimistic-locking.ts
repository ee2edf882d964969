import { setTimeout as wait } from 'node:timers/promises';
import { type Baseline, endOf, onPool, prepared } from './baseline.js';

const FIRST_BACKOFF_MS = 1;
const LONGEST_BACKOFF_MS = 100;

const READ = prepared<{ available: number; version: string }>('read');
const TAKE_AND_NOTE = prepared<{ sold: number }>('take-and-note-at-version');
const END_AND_GIVE_BACK = prepared<{ ended: number }>('end-and-give-back-at-version');

/** Reads stock and version, and sells where nobody has changed it meanwhile; else again. Two round trips an attempt, in no transaction. */
const optimistic = (pause: (failures: number) => Promise<void>): Baseline['open'] =>
  onPool(async (client, ask) => {
    const { kind, skuId, reservationId, buyer } = ask;
    for (let failures = 0; ; failures++) {
      const [stock] = await READ(client, [skuId]);
      if (stock === undefined || (kind === 'reserve' && stock.available < 1)) return false;
      const changed =
        kind === 'reserve'
          ? await TAKE_AND_NOTE(client, [skuId, reservationId, buyer, stock.version])
          : await END_AND_GIVE_BACK(client, [skuId, reservationId, ...endOf(ask), stock.version]);
      if (changed.length > 0) return true;
      await pause(failures + 1);
    }
  });

export const optimisticLocking: Baseline = {
  name: 'optimistic locking',
  how: 'a version check, tried again at once',
  open: optimistic(() => Promise.resolve()),
};

/** Full jitter, doubling. */
export const optimisticLockingWithBackoff: Baseline = {
  name: 'optimistic locking with back-off',
  how: 'a version check, tried again after a while by chance, longer each time',
  open: optimistic((failures) => wait(Math.random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures))),
};
