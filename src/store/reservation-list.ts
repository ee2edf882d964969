import type { Pool } from 'pg';
import { buyerPartOfIds, idsOfSameBuyer, idsOfSku, reservationIdFor } from '../domain/ids.js';
import type { ListedReservations, ReservationFilter } from '../ports/store.js';
import { type ReservationRow, readReservation } from './rows.js';
import { type ObserveStatement, statement } from './statement.js';

/** Bounds of one page's work. At 5M rows 500 SKUs are 3,400 buffers, about as much as 3,000 rows of different pages. */
const LOOKED_AT: LookedAt = { rows: 3_000, skus: 500 };

interface LookedAt {
  readonly rows: number;
  readonly skus: number;
}

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const ALL = { first: BEFORE_ALL, last: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

interface ListedRow extends ReservationRow {
  /** False for one that is answered only to say how far was looked. */
  readonly listed: boolean;
  readonly stop: string | null;
}

const PAGE = statement<ListedRow>('reservations-page');
const OF_BUYER = statement<ListedRow>('reservations-of-buyer');

/** Reservations by id, which the primary key orders: the list needs no index of its own, which every commit would pay for. */
export function createReservationList(pool: Pool, observe: ObserveStatement, most = LOOKED_AT) {
  function rows(filter: ReservationFilter, after: string, atMost: number): Promise<ListedRow[]> {
    const { issuer, userId, skuId, status } = filter;
    if (userId !== null && skuId === null) {
      const buyer = buyerPartOfIds({ issuer, userId });
      return OF_BUYER(pool, [after, buyer, issuer, userId, status, most.skus, atMost], observe);
    }
    const { first, last } = rangeOf(filter);
    // Nothing is left out by `>`: no id has only zeros behind its SKU or its buyer.
    return PAGE(pool, [after > first ? after : first, last, issuer, userId, skuId, status, most.rows, atMost], observe);
  }

  /** @param after where the page before ended; null for the first */
  return async (filter: ReservationFilter, after: string | null, limit: number): Promise<ListedReservations> => {
    const found = await rows(filter, after ?? BEFORE_ALL, limit + 1);
    const listed = found.filter((row) => row.listed);
    const page = listed.slice(0, limit).map(readReservation);
    const next = listed.length > limit ? (page.at(-1)?.reservationId ?? null) : (found.at(-1)?.stop ?? null);
    return { reservations: page, next };
  };
}

function rangeOf({ issuer, userId, skuId }: ReservationFilter): { readonly first: string; readonly last: string } {
  if (skuId === null) return ALL;
  return userId === null ? idsOfSku(skuId) : idsOfSameBuyer(reservationIdFor(skuId, { issuer, userId }, ''));
}
