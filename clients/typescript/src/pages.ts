import type { DecidedReservation } from './answers.js';
import { type Answered, reservationsIn, unexpected } from './checked.js';
import type { Call } from './exchange.js';

export interface ListFilter {
  readonly skuId?: string;
  /** A storefront may ask for one of its buyers. */
  readonly userId?: string;
  /** QUEUED ones are not listed. */
  readonly status?: DecidedReservation['status'];
  /** Reservations a page. */
  readonly pageSize?: number;
}

/** Where the list is, as the service knows it. */
const LIST = '/v1/reservations';

/**
 * Every reservation of a list, page by page as they are read. A page may be empty and still lead on, any number of times, but to no page
 * that was read already.
 * @throws UnexpectedAnswerError for a page that is none, or that leads out of the service or back
 */
export async function* listedReservations(
  baseUrl: string,
  call: (call: Call) => Promise<Answered>,
  filter: ListFilter,
): AsyncGenerator<DecidedReservation> {
  const { pageSize, ...rest } = filter;
  const query = new URLSearchParams({ ...rest, ...(pageSize !== undefined && { limit: String(pageSize) }) });
  const read = new Set<string>();
  for (let path: string | null = query.size === 0 ? LIST : `${LIST}?${query}`; path !== null; ) {
    read.add(path);
    const answered = await call({ method: 'GET', path });
    yield* reservationsIn(answered) as readonly DecidedReservation[];
    path = nextPath(baseUrl, path, answered);
    if (path !== null && read.has(path)) throw unexpected(answered, 'a page that leads back to one that was read');
  }
}

/**
 * Where `Link: <...>; rel="next"` (RFC 8288) leads, below the base URL; null on the last page. The service does not know of a path in front
 * of its own: its `/v1/reservations` is the one below the base URL. Any other path is taken as it is, a proxy having written it.
 * @throws UnexpectedAnswerError when that is not below the base URL, since the token goes with it
 */
function nextPath(baseUrl: string, path: string, answered: Answered): string | null {
  const link = /<([^>]*)>\s*;\s*rel="?next"?/.exec(answered.headers.get('Link') ?? '')?.[1];
  if (link === undefined) return null;
  const asked = urlOf(`${baseUrl}${path}`, pageUrl());
  const next = urlOf(link, asked?.href);
  if (asked === null || next === null || next.origin !== asked.origin) throw unexpected(answered, 'a next page that is elsewhere');
  const prefix = (urlOf(`${baseUrl}${LIST}`, asked.href) as URL).pathname.slice(0, -LIST.length);
  const below = next.pathname === LIST ? LIST : after(prefix, next.pathname);
  // Two slashes would name a host, were the base URL empty.
  if (below === null || !/^\/(?!\/)/.test(below)) throw unexpected(answered, 'a next page that is elsewhere');
  return `${below}${next.search}`;
}

/** What an address is relative to in a browser; undefined elsewhere. */
const pageUrl = (): string | undefined => (globalThis as { readonly location?: { readonly href: string } }).location?.href;

const after = (prefix: string, path: string): string | null => (path.startsWith(prefix) ? path.slice(prefix.length) : null);

function urlOf(text: string, base: string | undefined): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
