import { type Admin, Kafka, logLevel } from 'kafkajs';
import type { Place } from './place.js';

/** Connects for the time of the work. */
export async function withAdmin<T>({ name, servers }: Place, work: (admin: Admin) => Promise<T>): Promise<T> {
  const kafka = new Kafka({ brokers: [...servers.brokers], clientId: name, logLevel: logLevel.NOTHING, retry: { retries: 3 } });
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
