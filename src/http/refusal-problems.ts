import type { Refusal } from '../domain/refusal.js';

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** For the page that the problem's `type` leads to: what it means, and what the caller can do. */
  readonly meaning: string;
}

/** What the sale refuses. Total: a new refusal without an entry here does not compile. A quantity that is none is bad input first. */
export const REFUSAL_PROBLEMS: Readonly<Record<Exclude<Refusal, 'INVALID_QUANTITY'>, ProblemKind>> = {
  KEY_REUSED: {
    status: 422,
    title: 'Idempotency key reused',
    meaning: 'This Idempotency-Key was used for a different request. What was decided first stands. Send a new key for a new request.',
  },
  UNKNOWN_SKU: {
    status: 404,
    title: 'Unknown SKU',
    meaning: 'No SKU has this id. Check the id; a SKU is created by an operator.',
  },
  DEADLINE_EXCEEDED: {
    status: 409,
    title: 'Not decided in time',
    meaning: 'The request was not decided before its `decideBy` and was refused instead. Nothing is held. Try again with a new key.',
  },
  SALE_NOT_OPEN: {
    status: 409,
    title: 'The sale has not begun',
    meaning:
      'The request came before `opensAt` of its SKU. Try again after that, with a new key if this one was refused with a reservationId.',
  },
  SALE_CLOSED: { status: 409, title: 'The sale is over', meaning: 'The request came after `closesAt` of its SKU.' },
  SALE_PAUSED: {
    status: 409,
    title: 'The sale is paused',
    meaning:
      'An operator has paused this SKU. Try again when the sale goes on, with a new key if this one was refused with a reservationId.',
  },
  QUANTITY_TOO_LARGE: {
    status: 422,
    title: 'Quantity too large',
    meaning: 'More units were asked for than one reservation of this SKU may hold.',
  },
  USER_LIMIT_EXCEEDED: {
    status: 409,
    title: 'Limit for one buyer exceeded',
    meaning: 'The buyer would hold more units of this SKU than one buyer may. Units held and units bought both count.',
  },
  SOLD_OUT: {
    status: 409,
    title: 'Sold out',
    meaning:
      'Fewer units are left than were asked for. Units come back when holds expire or are cancelled, so a later request may succeed.',
  },
  NOT_FOUND: {
    status: 404,
    title: 'Not found',
    meaning: 'There is nothing at this address, or it belongs to somebody else.',
  },
  VERSION_CONFLICT: {
    status: 412,
    title: 'Changed in the meantime',
    meaning: 'The version in If-Match is not the current one. Read the current state and decide again.',
  },
  NOT_RESERVED: {
    status: 409,
    title: 'Nothing is reserved',
    meaning: 'The request for this reservation was refused, so there is nothing to confirm, cancel or extend.',
  },
  RESERVATION_EXPIRED: {
    status: 409,
    title: 'The hold is over',
    meaning: 'The reservation was not confirmed before its `expiresAt`. Its units are on sale again; reserve again with a new key.',
  },
  ALREADY_CONFIRMED: {
    status: 409,
    title: 'Already confirmed',
    meaning: 'The reservation was confirmed, with another `paymentReference` if this was a confirm. What is confirmed stays sold.',
  },
  ALREADY_CANCELLED: {
    status: 409,
    title: 'Already cancelled',
    meaning: 'The reservation was cancelled. Its units are on sale again; reserve again with a new key.',
  },
  ALREADY_EXTENDED: {
    status: 409,
    title: 'Already extended',
    meaning: 'A hold can be extended once, and this one was.',
  },
  EXTENSION_TOO_LONG: {
    status: 422,
    title: 'Extension too long',
    meaning: 'The SKU does not allow a hold to be extended by so many seconds, or at all: an operator sets `maxExtendSeconds`.',
  },
  NOT_DUE: { status: 409, title: 'Not due', meaning: 'The hold is not over yet, so it was not ended.' },
  BELOW_COMMITTED: {
    status: 409,
    title: 'More is given out than would be left',
    meaning: 'The total cannot go below the units that are reserved and confirmed. Nothing was changed.',
  },
  TOTAL_TOO_LARGE: {
    status: 422,
    title: 'Total too large',
    meaning: 'A SKU has at most 1,000,000,000 units. Nothing was changed.',
  },
  INVALID_WINDOW: {
    status: 422,
    title: 'The sale would close before it opens',
    meaning: 'Together with the bound that stays as it is, opensAt would not be before closesAt. Nothing was changed.',
  },
};
