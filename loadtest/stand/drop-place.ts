import { Redis } from 'ioredis';
import { dropDatabase } from './database.js';
import { withAdmin } from './kafka-admin.js';
import type { Place } from './place.js';

/** Drops what carries the place's names, and nothing else: the servers may be somebody's. All is tried, whatever of it fails. */
export async function dropPlace(place: Place): Promise<void> {
  const outcomes = await Promise.allSettled([dropDatabase(place), dropTopicsAndGroup(place), dropKeys(place)]);
  const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
  if (failed.length > 0) throw new Error(`something of ${place.name} was left: ${failed.join('; ')}`);
}

function dropTopicsAndGroup(place: Place): Promise<void> {
  return withAdmin(place, async (admin) => {
    // The names of the others, events and dead letters, begin with the name of the commands' topic.
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(place.topic));
    if (topics.length > 0) await admin.deleteTopics({ topics });
    // Refused while a killed member's session still runs; the broker forgets an empty group by itself.
    await admin.deleteGroups([place.consumerGroup]).catch(() => undefined);
  });
}

async function dropKeys({ servers, redisPrefix }: Place): Promise<void> {
  const redis = new Redis(servers.redisUrl, { maxRetriesPerRequest: 1 });
  redis.on('error', () => {
    // The command's own error is the one that is told.
  });
  try {
    for await (const keys of redis.scanStream({ match: `${redisPrefix}*`, count: 1_000 }) as AsyncIterable<string[]>) {
      if (keys.length > 0) await redis.unlink(...keys);
    }
  } finally {
    redis.disconnect();
  }
}
