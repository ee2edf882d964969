import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { spawnGuarded } from '../../infra/local/processes.mjs';
import { systemClock } from '../../src/connections/clock.js';
import { createKafka, createProducer } from '../../src/connections/kafka.js';
import type { Command } from '../../src/domain/command.js';
import { createKafkaProducer } from '../../src/log/kafka-producer.js';
import { Publisher } from '../../src/log/publisher.js';
import { createLog, createPino } from '../../src/telemetry/log.js';
import { PARTITIONS } from '../stand/service.js';

export interface Feed {
  publish(command: Command): Promise<unknown>;
  close(): Promise<void>;
}

/** A place, as far as a feed needs it. */
export interface Target {
  readonly servers: { readonly brokers: readonly string[] };
  readonly topic: string;
}

/** Publishes as the API does: same batcher, same client, acks from all. @throws from `publish` when the log did not acknowledge */
export async function openFeed({ servers: { brokers }, topic }: Target): Promise<Feed> {
  const log = createLog(createPino('error'));
  const producer = createProducer(createKafka({ brokers, connectTimeoutMs: 5_000, requestTimeoutMs: 30_000 }, log));
  await producer.connect();
  const publisher = new Publisher(createKafkaProducer(producer, topic, 30_000), {
    partitionCount: PARTITIONS,
    lingerMs: 2,
    deadlineMs: 60_000,
    maxWaiting: 1_000_000,
    clock: systemClock,
    onSend: () => undefined,
    onSettled: () => undefined,
    onError: (error) => log.error('the feed could not publish', { error }),
  });
  return {
    publish: (command) => publisher.publish(command),
    async close() {
      await publisher.close();
      await producer.disconnect();
    },
  };
}

/** Calls `make` at a constant rate for so long, whatever the answers take. Resolves with the number when all are acknowledged. */
export async function feedAtRate(feed: Feed, perSecond: number, seconds: number, make: (at: number) => Command): Promise<number> {
  const started = performance.now();
  const total = perSecond * seconds;
  const answers: Promise<unknown>[] = [];
  while (answers.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * perSecond));
    while (answers.length < due) answers.push(feed.publish(make(answers.length)));
    await wait(1);
  }
  await Promise.all(answers);
  return total;
}

/** A process of its own that feeds at a constant rate, over so many SKUs named `sku-0`, `sku-1` ... */
export function startFeeder({ servers, topic }: Target, perSecond: number, skus: number, seconds: number) {
  const script = fileURLToPath(new URL('./feeder.js', import.meta.url));
  const args = [servers.brokers.join(','), topic, perSecond, seconds, skus].map(String);
  return spawnGuarded(process.execPath, [script, ...args], { stdout: 'inherit', stderr: 'inherit' });
}
