import type { Redis } from 'ioredis';
import type { ReservationId } from '../domain/ids.js';
import { hintKeys } from './keys.js';

/**
 * Calls back with the ids that a writer has just announced. Only shortens a wait: messages get lost whenever the connection does, so
 * nobody may depend on one.
 */
export async function onDecided(subscriber: Redis, prefix: string, handle: (ids: readonly ReservationId[]) => void): Promise<void> {
  const channel = hintKeys(prefix).decidedChannel;
  subscriber.on('message', (from: string, message: string) => {
    if (from === channel) handle(message.split(',') as ReservationId[]);
  });
  // After every reconnection too. A failure is the connection's, and the next one subscribes again.
  subscriber.on('ready', () => void subscriber.subscribe(channel).catch(() => undefined));
  await subscriber.subscribe(channel);
}
