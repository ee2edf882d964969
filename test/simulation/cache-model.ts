import type { ReservationId, SkuId } from '../../src/domain/ids.js';
import { REFUSING_HINT_TTL_MS } from '../../src/domain/limits.js';
import type { Reservation } from '../../src/domain/reservation.js';
import { available, type Stock } from '../../src/domain/stock.js';
import type { AdmissionAnswer, AdmissionRequest, BuyerRate, HintCache, Progress, ReservationView } from '../../src/ports/hints.js';
import type { Process } from './process.js';
import type { World } from './world.js';

/** For how long a window is believed (src/cache/lua/admit.lua). */
const WINDOW_BELIEVED_MS = 300_000;

/** A SKU's stock as it was announced, and until when it may refuse. */
interface Hint {
  readonly stock: Stock;
  readonly refuseUntil: number;
}

interface KnownProgress {
  readonly next: number;
  readonly rate: number;
  readonly at: number;
}

/** What Redis holds, and what the scripts of src/cache/lua do with it in one moment. It may forget anything at any time. */
export class CacheModel {
  private readonly statuses = new Map<ReservationId, ReservationView | 'admitted'>();
  private readonly claims = new Map<string, ReservationId>();
  private readonly hints = new Map<SkuId, Hint>();
  private readonly progress = new Map<number, KnownProgress>();
  /** By buyer: when all of the rate is there again. */
  private readonly spent = new Map<string, number>();

  constructor(private readonly world: World) {}

  /** FLUSHALL. */
  flush(): void {
    for (const map of [this.statuses, this.claims, this.hints, this.progress, this.spent]) map.clear();
  }

  /** Evicts some of what is in it. */
  evict(): void {
    const { random } = this.world;
    for (const id of this.statuses.keys()) if (random.chance(0.3)) this.statuses.delete(id);
    for (const sku of this.hints.keys()) if (random.chance(0.3)) this.hints.delete(sku);
  }

  of(process: Process, buyerRate: BuyerRate | null = null): HintCache {
    return {
      admit: (requests) => process.call(() => requests.map((request) => this.admit(request, buyerRate))),
      spend: (buyer) =>
        process.call(() => {
          if (buyerRate === null) return { retryAfterMs: null };
          const { isFull, retryAfterMs, standing } = this.spend(buyer, buyerRate);
          return { retryAfterMs: isFull ? retryAfterMs : null, standing };
        }),
      queued: (entries) =>
        process.call(() => {
          for (const { view } of entries) {
            const known = this.statuses.get(view.reservationId);
            if (known === undefined || known === 'admitted') this.statuses.set(view.reservationId, view);
          }
          return new Map(entries.flatMap(({ appended: { partition } }) => this.progressOf(partition)));
        }),
      announce: ({ partition, nextOffset, ratePerSecond, reservations, stocks }) =>
        process.call(() => {
          for (const reservation of reservations) this.tell(reservation);
          for (const stock of stocks) this.hint(stock);
          if (nextOffset >= (this.progress.get(partition)?.next ?? -1))
            this.progress.set(partition, { next: nextOffset, rate: Math.round(ratePerSecond), at: this.world.now });
        }),
      read: (ids) =>
        process.call(
          () =>
            ids.map((id) => {
              const known = this.statuses.get(id);
              return known === undefined || known === 'admitted' ? null : known;
            }),
          { isRead: true },
        ),
      stock: (skuId) =>
        process.call(
          () => {
            const stock = this.hints.get(skuId)?.stock;
            if (stock === undefined) return null;
            const { total, sequence, decidedAt: asOf, settings } = stock;
            const { state, opensAt, closesAt } = settings;
            return { total, available: available(stock), state, opensAt, closesAt, sequence, asOf };
          },
          { isRead: true },
        ),
    };
  }

  private tell({ extensionId: _, ...told }: Reservation): void {
    const known = this.statuses.get(told.reservationId);
    if (known === undefined || known === 'admitted' || known.version <= told.version) this.statuses.set(told.reservationId, told);
  }

  /** Its time is another clock's, and may lie ahead. */
  private hint(stock: Stock): void {
    if ((this.hints.get(stock.skuId)?.stock.sequence ?? -1) >= stock.sequence) return;
    const refuseUntil = Math.min(stock.decidedAt, this.world.now) + REFUSING_HINT_TTL_MS;
    this.hints.set(stock.skuId, { stock, refuseUntil });
  }

  private progressOf(partition: number): [number, Progress][] {
    const known = this.progress.get(partition);
    if (known === undefined) return [];
    return [[partition, { nextOffset: known.next as Progress['nextOffset'], ratePerSecond: known.rate, ageMs: this.world.now - known.at }]];
  }

  private admit(request: AdmissionRequest, rate: BuyerRate | null): AdmissionAnswer {
    if (rate === null) return this.look(request);
    const { isFull, retryAfterMs, standing } = this.spend(request.buyer, rate);
    if (isFull) return { kind: 'too-many', retryAfterMs, standing };
    return { ...this.look(request), standing };
  }

  private spend(buyer: string, rate: BuyerRate) {
    const [perRequest, depth] = [1_000 / rate.perSecond, (1_000 / rate.perSecond) * rate.burst];
    const { now } = this.world;
    const used = Math.max(0, (this.spent.get(buyer) ?? 0) - now);
    const isFull = used + perRequest > depth;
    const after = isFull ? used : used + perRequest;
    const standing = { remaining: Math.floor((depth - after) / perRequest), resetMs: Math.ceil(after) };
    if (!isFull) this.spent.set(buyer, now + after);
    return { isFull, retryAfterMs: Math.ceil(used + perRequest - depth), standing };
  }

  private look({ reservationId, keyHash, skuId, quantity, isQueueTooLong }: AdmissionRequest): AdmissionAnswer {
    const known = this.statuses.get(reservationId);
    if (known !== undefined && known !== 'admitted') {
      const isSame = known.quantity === quantity && known.skuId === skuId;
      return isSame ? { kind: 'known', reservation: known } : { kind: 'refused', reason: 'KEY_REUSED', retryAfterMs: null };
    }
    const holder = this.claims.get(keyHash);
    if (holder !== undefined && holder !== reservationId) return { kind: 'refused', reason: 'KEY_REUSED', retryAfterMs: null };
    const hint = this.hints.get(skuId);
    const refusal = hint === undefined ? null : this.refusal(hint, quantity);
    if (refusal !== null) return { kind: 'refused', ...refusal };
    if (isQueueTooLong) return { kind: 'too-long' };
    this.statuses.set(reservationId, 'admitted');
    this.claims.set(keyHash, reservationId);
    return { kind: 'admitted' };
  }

  private refusal({ stock, refuseUntil }: Hint, quantity: number): Omit<AdmissionAnswer & { kind: 'refused' }, 'kind'> | null {
    const { now } = this.world;
    const { state, maxQuantity, opensAt, closesAt } = stock.settings;
    if (state === 'UNKNOWN') return null;
    if (now < stock.decidedAt + WINDOW_BELIEVED_MS) {
      if (opensAt !== null && now < opensAt) return { reason: 'SALE_NOT_OPEN', retryAfterMs: opensAt - now };
      if (closesAt !== null && now >= closesAt) return { reason: 'SALE_CLOSED', retryAfterMs: null };
    }
    if (now >= refuseUntil) return null;
    if (state === 'PAUSED') return { reason: 'SALE_PAUSED', retryAfterMs: refuseUntil - now };
    if (quantity > maxQuantity) return { reason: 'QUANTITY_TOO_LARGE', retryAfterMs: null };
    return quantity > available(stock) ? { reason: 'SOLD_OUT', retryAfterMs: refuseUntil - now } : null;
  }
}
