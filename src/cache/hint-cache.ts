import type { Redis } from 'ioredis';
import { coalesce } from '../batching/coalesce.js';
import type { Offset, ReservationId, SkuId } from '../domain/ids.js';
import { REFUSING_HINT_TTL_MS } from '../domain/limits.js';
import type { Refusal } from '../domain/refusal.js';
import { available, type Stock } from '../domain/stock.js';
import type {
  AdmissionAnswer,
  AdmissionRequest,
  Announcement,
  BuyerRate,
  HintCache,
  Progress,
  Queued,
  RateAnswer,
  ReservationView,
  StockHint,
} from '../ports/hints.js';
import { type Bucket, bucketOf, retryAfterMsOf, standingOf } from './buyer-bucket.js';
import { hintKeys } from './keys.js';
import { loadScript } from './script.js';
import { ADMITTED_MARK, decodeStatus, encodeStatus } from './status-codec.js';

/** How long a decided status can be read from here; PostgreSQL has it for good. */
const STATUS_TTL_MS = 900_000;
/** Longer than any late announcement can be under way: a hint's sequence must outlive it. */
const HINT_TTL_MS = 3_600_000;
/** Longer than `decideBy` lasts, so that a retry of an ambiguous publish still meets its mark. */
const MARK_TTL_MS = 120_000;

/** Announcements in one call: eight of 250 reservations each hold Redis up for 6 ms. */
const MAX_ANNOUNCED_TOGETHER = 10;

const ADMIT = loadScript('admit', ['bucket']);
const SPEND = loadScript('spend', ['bucket']);
const QUEUED = loadScript('queued');
const ANNOUNCE = loadScript('announce');

export interface HintCacheOptions {
  readonly prefix: string;
  /** Told how long each round trip took, in seconds. */
  readonly observe: (operation: string, seconds: number) => void;
  /** Null, or left out: buyers may ask as often as they like. */
  readonly buyerRate?: BuyerRate | null;
}

/** The hints on Redis: one round trip for each call, whatever it holds. Every error is passed on; callers go on without. */
export function createHintCache(redis: Redis, { prefix, observe, buyerRate = null }: HintCacheOptions): HintCache {
  const keys = hintKeys(prefix);
  const bucket = bucketOf(buyerRate);

  async function timed<T>(operation: string, call: Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await call;
    } finally {
      observe(operation, (performance.now() - started) / 1000);
    }
  }

  async function admit(requests: readonly AdmissionRequest[]): Promise<readonly AdmissionAnswer[]> {
    const names = requests.flatMap(({ reservationId, keyHash, skuId, buyer }) => [
      keys.status(reservationId),
      keys.claim(keyHash),
      keys.hint(skuId),
      keys.rate(buyer),
    ]);
    const args = requests.flatMap(({ reservationId, quantity, isQueueTooLong }) => [reservationId, quantity, isQueueTooLong ? 1 : 0]);
    const rate = [bucket?.perRequest ?? 0, bucket?.depth ?? 0];
    const answers = (await timed('admit', ADMIT(redis, names, [MARK_TTL_MS, ADMITTED_MARK, ...rate, ...args]))) as AdmitReply[];
    return answers.map((answer, at) => readAnswer(requests[at] as AdmissionRequest, answer, bucket));
  }

  async function spend(buyer: string): Promise<RateAnswer> {
    if (bucket === null) return { retryAfterMs: null };
    const [may, used] = (await timed('spend', SPEND(redis, [keys.rate(buyer)], [bucket.perRequest, bucket.depth]))) as [0 | 1, number];
    return { retryAfterMs: may === 1 ? null : retryAfterMsOf(bucket, used), standing: standingOf(bucket, used) };
  }

  async function queued(entries: readonly Queued[]): Promise<ReadonlyMap<number, Progress>> {
    const partitions = [...new Set(entries.map(({ appended }) => appended.partition))];
    const names = [...partitions.map(keys.progress), ...entries.map(({ view }) => keys.status(view.reservationId))];
    const args = [partitions.length, STATUS_TTL_MS, ...entries.map(({ view }) => encodeStatus(view))];
    const answers = (await timed('queued', QUEUED(redis, names, args))) as string[][];
    return new Map(partitions.flatMap((partition, at) => readProgress(partition, answers[at] ?? [])));
  }

  async function announceAll(news: readonly Announcement[]): Promise<readonly undefined[]> {
    const statuses = news.flatMap(({ reservations }) => reservations.map((r) => `${r.reservationId} ${encodeStatus(r)}`));
    const hints = news.flatMap(({ stocks }) => stocks.map(hintLine));
    const progress = news.map(({ partition, nextOffset, ratePerSecond }) => `${partition} ${nextOffset} ${Math.round(ratePerSecond)}`);
    const { status, hint, progress: at } = keys.prefixes;
    const lines = [status, statuses.join('\n'), hint, hints.join('\n'), at, progress.join('\n')];
    await timed('announce', ANNOUNCE(redis, [], [keys.decidedChannel, STATUS_TTL_MS, HINT_TTL_MS, ...lines, REFUSING_HINT_TTL_MS]));
    return news.map(() => undefined);
  }
  // Partitions whose batches shared a statement are told of together.
  const announce = coalesce<Announcement, undefined>({ maxItems: MAX_ANNOUNCED_TOGETHER, maxInFlight: 1, run: announceAll });

  async function read(ids: readonly ReservationId[]): Promise<readonly (ReservationView | null)[]> {
    const values = await timed('read', redis.mget(ids.map(keys.status)));
    return values.map((value, at) => decodeStatus(ids[at] as ReservationId, value));
  }

  async function stock(skuId: SkuId): Promise<StockHint | null> {
    const hint = await timed('stock', redis.hgetall(keys.hint(skuId)));
    return readHint(hint);
  }

  return { admit, spend, queued, announce, read, stock };
}

/** The last figure: how much of the buyer's bucket is used. */
type AdmitReply =
  | ['admitted', number]
  | ['too-long', number]
  | ['known', string, number]
  | ['refused', Refusal, number, number]
  | ['too-many', number];

function readAnswer({ reservationId, skuId, quantity }: AdmissionRequest, answer: AdmitReply, bucket: Bucket | null): AdmissionAnswer {
  const used = answer.at(-1) as number;
  const standing = bucket && { standing: standingOf(bucket, used) };
  switch (answer[0]) {
    case 'admitted':
    case 'too-long':
      return { kind: answer[0], ...standing };
    case 'refused':
      return { kind: 'refused', reason: answer[1], retryAfterMs: answer[2] < 0 ? null : answer[2], ...standing };
    case 'too-many':
      return { kind: 'too-many', retryAfterMs: bucket === null ? 0 : retryAfterMsOf(bucket, used), ...standing };
    case 'known': {
      const reservation = decodeStatus(reservationId, answer[1]);
      if (reservation === null) return { kind: 'admitted', ...standing };
      return reservation.quantity === quantity && reservation.skuId === skuId
        ? { kind: 'known', reservation, ...standing }
        : { kind: 'refused', reason: 'KEY_REUSED', retryAfterMs: null, ...standing };
    }
  }
}

function readProgress(partition: number, [next, rate, age]: readonly string[]): [number, Progress][] {
  if (next === undefined) return [];
  return [[partition, { nextOffset: Number(next) as Offset, ratePerSecond: Number(rate), ageMs: Number(age) }]];
}

/** As announce.lua reads it. A stock's id, state and figures hold no space. */
function hintLine(stock: Stock): string {
  const { skuId, settings, sequence, total, decidedAt: now } = stock;
  const { state, opensAt, closesAt, maxQuantity } = settings;
  const figures = `${sequence} ${total} ${available(stock)} ${state} ${opensAt ?? '-'} ${closesAt ?? '-'} ${maxQuantity}`;
  return `${skuId} ${figures} ${now + REFUSING_HINT_TTL_MS} ${now}`;
}

function readHint(hint: Readonly<Record<string, string>>): StockHint | null {
  if (hint.sequence === undefined) return null;
  const time = (text: string | undefined): number | null => (text === undefined || text === '' ? null : Number(text));
  return {
    total: Number(hint.total),
    available: Number(hint.available),
    state: hint.state as StockHint['state'],
    opensAt: time(hint.opens),
    closesAt: time(hint.closes),
    sequence: Number(hint.sequence),
    asOf: Number(hint.as_of),
  };
}
