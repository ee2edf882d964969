import { Agent } from 'node:http';
import { say } from '../../infra/local/say.mjs';
import type { Member } from '../../loadtest/stand/members.js';
import { Client } from '../support/client.js';
import { EventSource } from '../support/event-source.js';
import { eventually } from '../support/eventually.js';
import { Stand, signalled } from './stand.js';

/** One API process with as many event streams as it takes: what they cost, and that each is told of its own reservation at once. */
const STREAMS = process.env.FAULT_FULL === '1' ? 5_000 : 1_000;
const AT_ONCE = 100;
/** Of all connections, their requests and the process's own growth. */
const MAX_BYTES_A_STREAM = 64 * 1024;
const SAMPLES = 40;
const MAX_P95_MS = 1_000;
/** Two heartbeats of each stream. */
const IDLE_MS = 30_000;

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.open('streams', {
    FLASHSALE_MAX_EVENT_STREAMS: String(STREAMS),
    FLASHSALE_SHUTDOWN_DELAY_MS: '0',
    // Not what this is about: the machine may be busy with other things.
    ...{ FLASHSALE_PUBLISH_DEADLINE_MS: '10000', FLASHSALE_DECIDE_BY_MS: '600000' },
  });
}, 60_000);
afterAll(() => stand?.close(), 60_000);

test(
  `${STREAMS} streams in one process`,
  async () => {
    const api = await stand.start('api', 'api');
    await stand.start('writer', 'writer');
    await stand.ready();
    const apiKey = await stand.apiKey();
    const client = new Client({ url: api.baseUrl, apiKey, onAccepted: () => undefined });
    await client.open('crowd', STREAMS + 1);
    const ids = await inChunks(STREAMS + 1, async (n) => {
      const { status, body } = await client.reserve({ sku: 'crowd', user: `buyer-${n}` });
      expect(status).toBe(202);
      return body.reservationId;
    });
    await stand.drained();

    const before = await usage(api);
    const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
    const openOne = (id: unknown): Promise<EventSource> =>
      EventSource.open(`${api.baseUrl}/v1/reservations/${id}/events`, apiKey, {}, agent);
    const streams = await inChunks(STREAMS, async (n) => {
      const stream = await openOne(ids[n]);
      expect((await stream.next())?.data).toMatchObject({ reservationId: ids[n], status: 'RESERVED' });
      return stream;
    });
    expect((await openOne(ids[STREAMS])).status).toBe(503);
    const opened = await usage(api);

    // All of them at rest: heartbeats, and what is read again in case a word was lost.
    await eventually(() => streams.every(({ heartbeats }) => heartbeats >= 2), { within: 2 * IDLE_MS });
    const rested = await usage(api);

    const latencies: number[] = [];
    for (let n = 0; n < SAMPLES; n += 1) {
      const askedAt = performance.now();
      const told = streams[n]?.next().then(() => performance.now() - askedAt);
      await client.change(ids[n], 'confirm', { paymentReference: `pi_${n}` });
      latencies.push((await told) as number);
    }
    latencies.sort((a, b) => a - b);

    const [ended, { ms: endMs }] = await Promise.all([
      Promise.all(streams.slice(SAMPLES).map(async (stream) => [(await stream.rest()).length, stream.retry !== null])),
      signalled(api, 'SIGTERM'),
    ]);
    expect(new Set(ended.map(String))).toEqual(new Set(['0,true']));
    await client.close();

    const perStream = (opened.bytes - before.bytes) / STREAMS;
    const seconds = (rested.at - opened.at) / 1000;
    const p = (share: number): number => Math.round(latencies[Math.floor(share * (SAMPLES - 1))] as number);
    say(
      `${STREAMS} streams: RSS ${mb(before)} MB before, ${mb(opened)} open, ${mb(rested)} after two heartbeats (${Math.round(perStream / 1024)} kB a stream); ` +
        `CPU at rest ${(((rested.cpu - opened.cpu) / seconds) * 100).toFixed(1)} % of a core; ` +
        `confirm to its event p50 ${p(0.5)} ms, p95 ${p(0.95)} ms; all sent away and process ended in ${Math.round(endMs)} ms`,
    );
    expect(perStream).toBeLessThan(MAX_BYTES_A_STREAM);
    expect(p(0.95)).toBeLessThan(MAX_P95_MS);
  },
  10 * 60_000,
);

async function inChunks<T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const length = Math.min(AT_ONCE, count - from);
    results.push(...(await Promise.all(Array.from({ length }, (_, n) => work(from + n)))));
  }
  return results;
}

interface Usage {
  readonly bytes: number;
  /** Seconds of CPU so far. */
  readonly cpu: number;
  readonly at: number;
}

async function usage({ metricsUrl }: Member): Promise<Usage> {
  const text = await (await fetch(metricsUrl)).text();
  const figure = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return { bytes: figure('process_resident_memory_bytes'), cpu: figure('process_cpu_seconds_total'), at: performance.now() };
}

const mb = ({ bytes }: Usage): number => Math.round(bytes / 1024 / 1024);
