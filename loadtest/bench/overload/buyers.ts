import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { count, ms, rate } from '../report/units.js';

const TICK_MS = 5;
/** Of one buyer; who is turned away so often gives up. */
const MAX_TRIES = 4;

export interface Shop {
  readonly url: string;
  readonly apiKey: string;
  readonly sku: string;
}

export interface Crowd {
  /** New buyers come at a constant rate for so long, whatever the answers take. Who is told to come back does, with the same key. */
  offer(perSecond: number, seconds: number): Promise<Offered>;
  /** So many at a time, each followed by a new one as soon as it has its answer: as much as the service can take. Nobody comes back. */
  press(atOnce: number, seconds: number): Promise<Offered>;
  close(): Promise<void>;
}

export interface Offered {
  readonly buyers: number;
  /** Of them, those that came back. */
  readonly requests: number;
  readonly accepted: number;
  readonly shed: number;
  /** Neither 202 nor 503. */
  readonly others: number;
  readonly acceptedPerSecond: number;
  readonly requestsPerSecond: number;
  /** Of accepted requests, from the sending to the answer. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly shedP99Ms: number;
}

export function openCrowd({ url, apiKey, sku }: Shop, connections: number): Crowd {
  const pool = new Pool(url, { connections, headersTimeout: 30_000, bodyTimeout: 30_000 });
  const run = randomUUID().slice(0, 8);
  let buyers = 0;

  async function ask(buyer: string): Promise<{ status: number; retryAfterMs: number; ms: number }> {
    const sentAt = performance.now();
    const { statusCode, headers, body } = await pool.request({
      method: 'POST',
      path: '/v1/reservations',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', 'idempotency-key': buyer },
      body: JSON.stringify({ skuId: sku, quantity: 1, userId: buyer }),
    });
    await body.dump();
    return { status: statusCode, retryAfterMs: Number(headers['retry-after'] ?? 1) * 1_000, ms: performance.now() - sentAt };
  }

  async function offer(perSecond: number, seconds: number): Promise<Offered> {
    const [accepted, shed]: [number[], number[]] = [[], []];
    let [came, others] = [0, 0];
    const startedAt = performance.now();
    const over = new AbortController();
    // One for each that is to come back.
    setMaxListeners(0, over.signal);
    const isOver = (): boolean => over.signal.aborted;

    async function buy(buyer: string): Promise<void> {
      for (let tries = 1; tries <= MAX_TRIES && !isOver(); tries += 1) {
        const { status, retryAfterMs, ms } = await ask(buyer).catch(() => ({ status: 0, retryAfterMs: 0, ms: 0 }));
        // What comes later is no longer of this load.
        if (isOver()) return;
        if (status === 202) accepted.push(ms);
        else if (status === 503) shed.push(ms);
        else others += 1;
        if (status !== 503) return;
        await wait(retryAfterMs, undefined, { signal: over.signal }).catch(() => undefined);
      }
    }

    const underWay = new Set<Promise<void>>();
    while (performance.now() - startedAt < seconds * 1_000) {
      const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
      for (; came < due; came += 1) {
        const buying: Promise<void> = buy(`${run}-${buyers++}`).finally(() => underWay.delete(buying));
        underWay.add(buying);
      }
      await wait(TICK_MS);
    }
    const measured = (performance.now() - startedAt) / 1_000;
    over.abort();
    await Promise.all(underWay);
    return offeredOf({ buyers: came, accepted, shed, others, seconds: measured });
  }

  async function press(atOnce: number, seconds: number): Promise<Offered> {
    const [accepted, shed]: [number[], number[]] = [[], []];
    let [came, others] = [0, 0];
    const startedAt = performance.now();
    const endsAt = startedAt + seconds * 1_000;
    async function oneAfterTheOther(): Promise<void> {
      while (performance.now() < endsAt) {
        came += 1;
        const { status, ms } = await ask(`${run}-${buyers++}`).catch(() => ({ status: 0, ms: 0 }));
        if (status === 202) accepted.push(ms);
        else if (status === 503) shed.push(ms);
        else others += 1;
      }
    }
    await Promise.all(Array.from({ length: atOnce }, oneAfterTheOther));
    return offeredOf({ buyers: came, accepted, shed, others, seconds: (performance.now() - startedAt) / 1_000 });
  }

  return { offer, press, close: () => pool.destroy() };
}

interface Answered {
  readonly buyers: number;
  /** Milliseconds of each. */
  readonly accepted: readonly number[];
  readonly shed: readonly number[];
  readonly others: number;
  readonly seconds: number;
}

function offeredOf({ buyers, accepted, shed, others, seconds }: Answered): Offered {
  const requests = accepted.length + shed.length + others;
  return {
    ...{ buyers, requests, accepted: accepted.length, shed: shed.length, others },
    ...{ acceptedPerSecond: accepted.length / seconds, requestsPerSecond: requests / seconds },
    ...{
      p50Ms: quantile(0.5, accepted),
      p95Ms: quantile(0.95, accepted),
      p99Ms: quantile(0.99, accepted),
      shedP99Ms: quantile(0.99, shed),
    },
  };
}

function quantile(share: number, values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const OFFERED_COLUMNS = [
  '',
  'buyers',
  'requests',
  'accepted',
  'turned away',
  'others',
  'accepted p50',
  'p95',
  'p99',
  'turned away p99',
] as const;

export const offeredRow = (name: string, offered: Offered): string[] => [
  name,
  count(offered.buyers),
  rate(offered.requestsPerSecond),
  rate(offered.acceptedPerSecond),
  count(offered.shed),
  count(offered.others),
  ...[offered.p50Ms, offered.p95Ms, offered.p99Ms].map(ms),
  offered.shed === 0 ? '' : ms(offered.shedP99Ms),
];
