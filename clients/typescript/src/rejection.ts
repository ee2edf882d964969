import type { RejectedReservation, RejectionReason } from './answers.js';
import { type ProblemDocument, ProblemError } from './errors.js';

type Told = Pick<ProblemDocument, 'status' | 'title' | 'detail'>;

/** What the service says of each refusal; a test compares the two. */
const REFUSALS: Readonly<Record<RejectionReason, Told>> = {
  UNKNOWN_SKU: {
    status: 404,
    title: 'Unknown SKU',
    detail: 'No SKU has this id. Check the id; a SKU is created by an operator.',
  },
  DEADLINE_EXCEEDED: {
    status: 409,
    title: 'Not decided in time',
    detail: 'The request was not decided before its `decideBy` and was refused instead. Nothing is held. Try again with a new key.',
  },
  SALE_NOT_OPEN: {
    status: 409,
    title: 'The sale has not begun',
    detail:
      'The request came before `opensAt` of its SKU. Try again after that, with a new key if this one was refused with a reservationId.',
  },
  SALE_CLOSED: { status: 409, title: 'The sale is over', detail: 'The request came after `closesAt` of its SKU.' },
  SALE_PAUSED: {
    status: 409,
    title: 'The sale is paused',
    detail:
      'An operator has paused this SKU. Try again when the sale goes on, with a new key if this one was refused with a reservationId.',
  },
  QUANTITY_TOO_LARGE: {
    status: 422,
    title: 'Quantity too large',
    detail: 'More units were asked for than one reservation of this SKU may hold.',
  },
  USER_LIMIT_EXCEEDED: {
    status: 409,
    title: 'Limit for one buyer exceeded',
    detail: 'The buyer would hold more units of this SKU than one buyer may. Units held and units bought both count.',
  },
  SOLD_OUT: {
    status: 409,
    title: 'Sold out',
    detail: 'Fewer units are left than were asked for. Units come back when holds expire or are cancelled, so a later request may succeed.',
  },
};

/** Of a reason that only a newer service knows. */
const REFUSED: Told = { status: 409, title: 'Refused', detail: 'The request was refused.' };

/** The refusal that a reservation tells of, as its first asker was told it. `baseUrl` is where the pages of problems are. */
export function rejectionOf({ reservationId, reason: code }: RejectedReservation, baseUrl: string): ProblemError<string> {
  const told = Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : REFUSED;
  const type = `${baseUrl}/problems/${code.toLowerCase().replaceAll('_', '-')}`;
  const about = { instance: `/v1/reservations/${reservationId}`, reservationId, reservationStatus: 'REJECTED' } as const;
  return new ProblemError({ type, ...told, code, ...about }, null);
}
