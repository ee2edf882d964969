import type { DecidedReservation } from './answers.js';
import type { Call, Received } from './exchange.js';

export interface ListFilter {
  readonly skuId?: string;
  /** A storefront may ask for one of its buyers. */
  readonly userId?: string;
  /** QUEUED ones are not listed. */
  readonly status?: DecidedReservation['status'];
  /** Reservations a page. */
  readonly pageSize?: number;
}

/** Every reservation of a list, page by page as they are read. A page may be empty and still lead on. */
export async function* listedReservations(call: (call: Call) => Promise<Received>, filter: ListFilter): AsyncGenerator<DecidedReservation> {
  const { pageSize, ...rest } = filter;
  const query = new URLSearchParams({ ...rest, ...(pageSize !== undefined && { limit: String(pageSize) }) });
  let path: string | null = query.size === 0 ? '/v1/reservations' : `/v1/reservations?${query}`;
  while (path !== null) {
    const { body, headers }: Received = await call({ method: 'GET', path });
    yield* (body as { reservations: readonly DecidedReservation[] }).reservations;
    path = nextPath(headers);
  }
}

/** Of `Link: <...>; rel="next"` (RFC 8288), null on the last page. */
function nextPath(headers: Headers): string | null {
  return /<([^>]*)>\s*;\s*rel="?next"?/.exec(headers.get('Link') ?? '')?.[1] ?? null;
}
