/** What this package offers. */
export {
  type Availability,
  type ConfirmedReservation,
  type DecidedReservation,
  type EndedReservation,
  type GrantedReservation,
  isFinal,
  type QueuedReservation,
  type RejectedReservation,
  type RejectionReason,
  type Reservation,
  type ReservationStatus,
  type ReservedReservation,
  type UndecidedReservation,
} from './answers.js';
export { type CallOptions, type ClientOptions, type ExtendOptions, FlashsaleClient, type ReserveRequest } from './client.js';
export {
  ConnectionError,
  DeadlineError,
  FlashsaleError,
  isProblem,
  type ProblemDocument,
  ProblemError,
  TokenError,
  UnexpectedAnswerError,
} from './errors.js';
export type { ListFilter } from './pages.js';
export { PROBLEM_CODES, type ProblemCode } from './problem-codes.js';
export type { Runtime } from './runtime.js';
export type { TokenSource } from './token.js';
export type { WatchOptions } from './watch.js';
