import { build, type Histogram } from 'hdr-histogram-js';
import type { Ask } from './buyers.js';

/** How the service answered an ask in the end. */
export type Answer =
  | { readonly kind: 'accepted'; readonly reservationId: string }
  | { readonly kind: 'replayed'; readonly reservationId: string }
  /** Refused for good: a 4xx, with the problem's code. */
  | { readonly kind: 'refused'; readonly code: string }
  /** Only try-later answers, until the buyer lost patience. */
  | { readonly kind: 'gaveUp' };

/** Counts what the crowd sees. Latencies are in whole microseconds: a histogram of integers. */
export class Tally {
  readonly acceptedIds = new Set<string>();
  readonly acceptLatency: Histogram = newHistogram();
  readonly decisionLatency: Histogram = newHistogram();
  readonly refusedAtTheDoor = new Map<string, number>();
  /** Answers and errors that a buyer tried again after, by what they were. */
  readonly retries = new Map<string, number>();
  answered = 0;
  accepted = 0;
  replayed = 0;
  gaveUp = 0;
  repeats = 0;
  /** Asks whose key got another reservation than before: a request that would count twice. */
  keysWithTwoIds = 0;
  private readonly idOfKey = new Map<string, string>();

  answer(ask: Ask, answer: Answer, tookMs: number): void {
    this.answered++;
    if (ask.isRepeat) this.repeats++;
    switch (answer.kind) {
      case 'accepted':
        this.accepted++;
        this.acceptedIds.add(answer.reservationId);
        this.acceptLatency.recordValue(micros(tookMs));
        this.sameId(ask, answer.reservationId);
        break;
      case 'replayed':
        this.replayed++;
        this.sameId(ask, answer.reservationId);
        break;
      case 'refused':
        count(this.refusedAtTheDoor, answer.code);
        break;
      case 'gaveUp':
        this.gaveUp++;
    }
  }

  retry(why: string): void {
    count(this.retries, why);
  }

  decided(afterMs: number): void {
    this.decisionLatency.recordValue(micros(afterMs));
  }

  private sameId({ idempotencyKey }: Ask, reservationId: string): void {
    const before = this.idOfKey.get(idempotencyKey);
    if (before !== undefined && before !== reservationId) this.keysWithTwoIds++;
    this.idOfKey.set(idempotencyKey, reservationId);
  }
}

export interface Percentiles {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export function percentiles(histogram: Histogram): Percentiles {
  const at = (percentile: number): number => Math.round(histogram.getValueAtPercentile(percentile) / 10) / 100;
  return { count: histogram.totalCount, p50Ms: at(50), p95Ms: at(95), p99Ms: at(99) };
}

const newHistogram = (): Histogram =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 3 });
const micros = (ms: number): number => Math.max(1, Math.round(ms * 1_000));
const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
