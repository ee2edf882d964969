/** What the HTTP layer needs of the rest of the service, as types beside their user. Whoever wires the process hands in the functions. */
import type { SkuChange } from '../domain/command.js';
import type { Principal, ReservationId, SkuId } from '../domain/ids.js';
import type { Refusal } from '../domain/refusal.js';
import type { Stock } from '../domain/stock.js';
import type { Accept } from '../ports/admission.js';
import type { HoldAnswer, HoldRequest } from '../ports/decisions.js';
import type { BuyerRate, RateAnswer, ReservationView, StockHint } from '../ports/hints.js';
import type { Appended } from '../ports/log.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { ListedReservations, ReservationFilter } from '../ports/store.js';
import type { EventStreams } from './event-streams.js';
import type { Operations } from './operations.js';
import type { Places } from './places.js';

export type ReservationLookup =
  | { readonly kind: 'found'; readonly reservation: ReservationView }
  | { readonly kind: 'absent' }
  /** Neither store knows it, and it may still be in the log. */
  | { readonly kind: 'unknown'; readonly retryAfterMs: number };

interface OperatorRequest {
  readonly principal: Principal;
  readonly skuId: SkuId;
  readonly correlationId: string;
}

export interface ConfigureRequest extends OperatorRequest {
  /** The version that is to be changed; `*`: whichever it is; null for a creation. */
  readonly ifMatch: number | '*' | null;
  readonly total: number | null;
  readonly change: SkuChange;
}

export interface AdjustRequest extends OperatorRequest {
  readonly delta: number;
  readonly reason: string;
  readonly idempotencyKey: string;
}

export type OperatorAnswer =
  | { readonly kind: 'applied'; readonly replayed: boolean; readonly sku: Stock }
  | { readonly kind: 'refused'; readonly reason: Refusal }
  | { readonly kind: 'pending'; readonly appended: Appended }
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number };

/** A decision as the ledger has it. */
interface LedgerDecision {
  readonly sequence: number;
  readonly type: string;
  readonly decidedAt: string;
  readonly data: object;
}

export interface LedgerDecisions {
  readonly decisions: readonly LedgerDecision[];
  readonly hasMore: boolean;
}

export type Scope = 'reserve' | 'admin';

export interface ApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

export type TokenRefusal = 'UNTRUSTED' | 'EXPIRED' | 'NOT_YET_VALID' | 'NOT_FOR_US' | 'NO_BUYER' | 'ENDLESS';

export type TokenVerdict =
  | { readonly kind: 'buyer'; readonly principal: Principal }
  | { readonly kind: 'refused'; readonly reason: TokenRefusal };

/** One dependency's health. `detail` is shown to anyone who asks: no addresses in it. */
export interface DependencyHealth {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

/** As much of a pino logger as is used here. */
export interface Log {
  isLevelEnabled(level: string): boolean;
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What an answer at the very edge needs, before there is a request to speak of. */
export interface EdgeDependencies {
  readonly random: Random;
  readonly log: Log;
  /** Put before `/problems/...` in a problem's `type`: the public address of this service, `https://shop.example`; empty for a relative one. */
  readonly problemBase: string;
  /** `route` is the route's pattern, never the path: a bounded set. Status 499: the client left before the answer. */
  readonly observeRequest: (method: string, route: string, status: number, seconds: number) => void;
  /** Reservations that are being taken, between the end of their bodies and the word of the log. */
  readonly inFlight: Places;
  readonly onShed: (reason: ShedReason) => void;
  readonly isDraining: () => boolean;
}

/** Why a request is turned away, or served with less, for want of room. */
export type ShedReason = 'in_flight' | 'waits' | 'connections';

/** What tells who calls. */
export type Credentials = Pick<AppDependencies, 'findApiKey' | 'verifyToken'>;

/** A rejected promise of any of these is an outage: 503, logged. */
export interface AppDependencies extends EdgeDependencies {
  readonly accept: Accept;
  readonly readReservation: (id: ReservationId) => Promise<ReservationLookup>;
  /** Null: still undecided after `waitMs`. The signal aborts when the client leaves. */
  readonly waitForDecision: (id: ReservationId, waitMs: number, signal: AbortSignal) => Promise<ReservationView | null>;
  readonly listReservations: (filter: ReservationFilter, after: string | null, limit: number) => Promise<ListedReservations>;
  /** Tells what becomes of a reservation from now on, until the function that it answers is called. */
  readonly followReservation: (id: ReservationId, tell: (view: ReservationView) => void) => () => void;
  readonly streams: EventStreams;
  /** Of a SKU, by sequence: those after this one. */
  readonly readDecisions: (skuId: SkuId, after: number, limit: number) => Promise<LedgerDecisions>;
  /** Null: no such SKU. */
  readonly availability: (skuId: SkuId) => Promise<StockHint | null>;
  /** The whole sale, as far as this process knows. */
  readonly isHalted: () => boolean;
  readonly readSku: (skuId: SkuId) => Promise<Stock | null>;
  /** These three publish a command and wait for its decision, no longer than the signal lets them. */
  readonly changeHold: (request: HoldRequest, signal: AbortSignal) => Promise<HoldAnswer>;
  readonly configureSku: (request: ConfigureRequest, signal: AbortSignal) => Promise<OperatorAnswer>;
  readonly adjustSku: (request: AdjustRequest, signal: AbortSignal) => Promise<OperatorAnswer>;
  readonly operations: Operations;
  /** By the SHA-256 of the whole presented key, in hex. */
  readonly findApiKey: (keyHash: string) => Promise<ApiKey | null>;
  /** Whose token it is. It may be anything: whatever came as a bearer token and is no API key. */
  readonly verifyToken: (token: string) => Promise<TokenVerdict>;
  readonly readiness: () => Promise<readonly DependencyHealth[]>;
  /** Counts a change that a buyer asks for, and says whether it may be made now. Never rejects: where it cannot be counted it may. */
  readonly spend: (buyer: Principal) => Promise<RateAnswer>;
  /** Null: buyers may ask as often as they like. */
  readonly buyerRate: BuyerRate | null;
  /** Requests that wait for a decision. */
  readonly waits: Places;
  readonly clock: Clock;
  /** Express's `trust proxy`: whose X-Forwarded-For is believed. False: nobody's. */
  readonly trustProxy: boolean | number | string;
}
