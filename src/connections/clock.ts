import { randomUUID } from 'node:crypto';
import type { Clock, Random } from '../ports/runtime.js';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end);
    }),
};

export const systemRandom: Random = {
  uuid: () => randomUUID(),
  fraction: () => Math.random(),
};
