import type { ReservationId, SkuId } from '../../src/domain/ids.js';
import { REFUSING_HINT_TTL_MS } from '../../src/domain/limits.js';
import type { Reservation } from '../../src/domain/reservation.js';
import { available, type Stock } from '../../src/domain/stock.js';
import type { AdmissionAnswer, AdmissionRequest, HintCache, Progress, ReservationView } from '../../src/ports/hints.js';
import type { Process } from './process.js';
import type { World } from './world.js';

interface KnownProgress {
  readonly next: number;
  readonly rate: number;
  readonly at: number;
}

/** What Redis holds, and what the scripts of src/cache/lua do with it in one moment. It may forget anything at any time. */
export class CacheModel {
  private readonly statuses = new Map<ReservationId, ReservationView | 'admitted'>();
  private readonly claims = new Map<string, ReservationId>();
  private readonly hints = new Map<SkuId, Stock>();
  private readonly progress = new Map<number, KnownProgress>();

  constructor(private readonly world: World) {}

  /** FLUSHALL. */
  flush(): void {
    for (const map of [this.statuses, this.claims, this.hints, this.progress]) map.clear();
  }

  /** Evicts some of what is in it. */
  evict(): void {
    const { random } = this.world;
    for (const id of this.statuses.keys()) if (random.chance(0.3)) this.statuses.delete(id);
    for (const sku of this.hints.keys()) if (random.chance(0.3)) this.hints.delete(sku);
  }

  of(process: Process): Pick<HintCache, 'admit' | 'queued' | 'announce' | 'read'> {
    return {
      admit: (requests) => process.call(() => requests.map((request) => this.admit(request))),
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
          for (const stock of stocks)
            if ((this.hints.get(stock.skuId)?.sequence ?? -1) < stock.sequence) this.hints.set(stock.skuId, stock);
          if (nextOffset >= (this.progress.get(partition)?.next ?? -1))
            this.progress.set(partition, { next: nextOffset, rate: ratePerSecond, at: this.world.now });
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
    };
  }

  private tell(reservation: Reservation): void {
    const known = this.statuses.get(reservation.reservationId);
    if (known === undefined || known === 'admitted' || known.version <= reservation.version)
      this.statuses.set(reservation.reservationId, reservation);
  }

  private progressOf(partition: number): [number, Progress][] {
    const known = this.progress.get(partition);
    if (known === undefined) return [];
    return [[partition, { nextOffset: known.next as Progress['nextOffset'], ratePerSecond: known.rate, ageMs: this.world.now - known.at }]];
  }

  private admit({ reservationId, keyHash, skuId, quantity }: AdmissionRequest): AdmissionAnswer {
    const known = this.statuses.get(reservationId);
    if (known !== undefined && known !== 'admitted') {
      const isSame = known.quantity === quantity && known.skuId === skuId;
      return isSame ? { kind: 'known', reservation: known } : { kind: 'refused', reason: 'KEY_REUSED', retryAfterMs: null };
    }
    const holder = this.claims.get(keyHash);
    if (holder !== undefined && holder !== reservationId) return { kind: 'refused', reason: 'KEY_REUSED', retryAfterMs: null };
    const hint = this.hints.get(skuId);
    const reason = hint === undefined ? null : this.refusal(hint, quantity);
    if (reason !== null) return { kind: 'refused', reason, retryAfterMs: null };
    this.statuses.set(reservationId, 'admitted');
    this.claims.set(keyHash, reservationId);
    return { kind: 'admitted' };
  }

  private refusal(hint: Stock, quantity: number) {
    const { state, maxQuantity } = hint.settings;
    if (state === 'UNKNOWN' || this.world.now >= hint.decidedAt + REFUSING_HINT_TTL_MS) return null;
    if (state === 'PAUSED') return 'SALE_PAUSED';
    if (quantity > maxQuantity) return 'QUANTITY_TOO_LARGE';
    return quantity > available(hint) ? 'SOLD_OUT' : null;
  }
}
