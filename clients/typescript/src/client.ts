import type { Availability, DecidedReservation, GrantedReservation, QueuedReservation, Reservation } from './answers.js';
import { type Answered, availabilityIn, reservationIn } from './checked.js';
import { DeadlineError, FlashsaleError } from './errors.js';
import { type Call, type Connection, exchange, retryAfterMsOf } from './exchange.js';
import { aboveZero, type Limit, within } from './limit.js';
import { type ListFilter, listedReservations } from './pages.js';
import { rejectionOf } from './rejection.js';
import { backoffMs, withRetries } from './retry.js';
import { newKey, type Runtime, systemRuntime } from './runtime.js';
import type { TokenSource } from './token.js';
import { type WatchOptions, watchReservation } from './watch.js';

/** The longest that the service waits for a decision in one answer. */
const WAIT_MAX_SECONDS = 10;
/** The shortest pause between two questions whether it is decided, whatever the answer says. */
const POLL_MS = 500;

export interface ClientOptions {
  /** Where the service is, such as `https://shop.example`. */
  readonly baseUrl: string;
  /**
   * A buyer's token or a storefront's API key. A function is asked for each request, so that a token may be renewed: the deadline and the
   * signal end its wait, and what it throws ends the call as the cause of a TokenError.
   */
  readonly token: TokenSource;
  /** Milliseconds for a call with all its attempts, unless the call says otherwise: 60 s. Infinity: no end. Not for `watch`. */
  readonly deadlineMs?: number;
  /** Milliseconds for one attempt, beyond what the service is asked to wait: 10 s. Infinity: no end. */
  readonly attemptTimeoutMs?: number;
  readonly fetch?: typeof fetch;
  readonly runtime?: Runtime;
}

export interface CallOptions {
  /** Ends the call at once, whatever it waits for; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds for the call with all its attempts; Infinity: no end. */
  readonly deadlineMs?: number;
}

export interface ReserveRequest {
  readonly skuId: string;
  /** 1 unless given. */
  readonly quantity?: number;
  /** The buyer, where the caller is a storefront. Left out with a buyer's token. */
  readonly userId?: string;
  /** Keep one of your own to ask again after a crash; a new one unless given. */
  readonly idempotencyKey?: string;
}

export interface ExtendOptions extends CallOptions {
  /** Left out: as many as the SKU allows. */
  readonly seconds?: number;
  /** Keep one of your own to ask again after a crash: under another one the hold is ALREADY_EXTENDED. A new one unless given. */
  readonly idempotencyKey?: string;
}

/** The reservation service, as a buyer or a storefront uses it. All of its calls may be repeated, and are until their deadline. */
export class FlashsaleClient {
  private readonly connection: Connection;
  private readonly deadlineMs: number;

  /** @throws RangeError when a time is none */
  constructor({ baseUrl, token, deadlineMs = 60_000, attemptTimeoutMs = 10_000, ...options }: ClientOptions) {
    const { fetch = globalThis.fetch, runtime = systemRuntime } = options;
    aboveZero('attemptTimeoutMs', attemptTimeoutMs);
    this.connection = { baseUrl: baseUrl.replace(/\/+$/, ''), token, fetch, runtime, attemptTimeoutMs };
    this.deadlineMs = aboveZero('deadlineMs', deadlineMs);
  }

  /**
   * Asks for units and waits for the decision.
   * @returns the reservation, which holds them; of a repeat, what has become of it
   * @throws ProblemError with the reason of the refusal; DeadlineError when undecided by then. Every error has the key that was sent.
   */
  reserve(request: ReserveRequest, options: CallOptions = {}): Promise<GrantedReservation> {
    return keyed(request.idempotencyKey, async (headers) => {
      const decided = await this.decision(options, async (limit) =>
        reservationIn(await this.send(limit, { ...asking(request), headers, waitSeconds: waitSeconds(limit) })),
      );
      if (decided.status === 'REJECTED') throw rejectionOf(decided, this.connection.baseUrl);
      return decided;
    });
  }

  /** Asks for units and does not wait: resolves when the request is taken. `decided` or `watch` tell the rest. */
  submit(request: ReserveRequest, options: CallOptions = {}): Promise<QueuedReservation | DecidedReservation> {
    return keyed(request.idempotencyKey, async (headers) => {
      const answered = await this.within(options, (limit) => this.send(limit, { ...asking(request), headers }));
      const taken: Reservation | QueuedReservation = reservationIn(answered);
      // Of a repeat the service does not say the place.
      return taken.status === 'QUEUED' ? { queue: null, ...taken } : taken;
    });
  }

  /**
   * Waits until a request is decided, either way.
   * @throws DeadlineError with what was read last, when undecided by then
   */
  decided(reservationId: string, options: CallOptions = {}): Promise<DecidedReservation> {
    return this.decision(options, (limit) => this.read(reservationId, limit, waitSeconds(limit)));
  }

  /** The reservation as it is. */
  get(reservationId: string, options: CallOptions = {}): Promise<Reservation> {
    return this.within(options, (limit) => this.read(reservationId, limit, 0));
  }

  /** The units are paid for. Again with the same reference: the same answer. */
  confirm(reservationId: string, paymentReference: string, options: CallOptions = {}): Promise<GrantedReservation> {
    return this.change(reservationId, 'confirm', { body: { paymentReference } }, options);
  }

  /** Gives the units back. Again: the same answer. */
  cancel(reservationId: string, options: CallOptions = {}): Promise<GrantedReservation> {
    return this.change(reservationId, 'cancel', {}, options);
  }

  /** Holds the units longer, once: for so many seconds, or for as long as the SKU allows. Every error has the key that was sent. */
  extend(reservationId: string, { seconds, idempotencyKey, ...options }: ExtendOptions = {}): Promise<GrantedReservation> {
    const body = seconds !== undefined && { body: { seconds } };
    return keyed(idempotencyKey, (headers) => this.change(reservationId, 'extend', { headers, ...body }, options));
  }

  /** The caller's reservations that are decided, read page by page. The deadline is that of each page. */
  list(filter: ListFilter = {}, options: CallOptions = {}): AsyncGenerator<DecidedReservation> {
    return listedReservations(this.connection.baseUrl, (call) => this.within(options, (limit) => this.send(limit, call)), filter);
  }

  /**
   * The reservation now and at every change, until its final state. Broken connections are opened again, and a service that is away is
   * tried for as long as it takes: what ends that is the signal, or a `deadlineMs` of its own.
   */
  watch(reservationId: string, options: WatchOptions = {}): AsyncGenerator<Reservation> {
    return watchReservation(this.connection, reservationId, options);
  }

  /** What is left of a SKU, as last announced. */
  async availability(skuId: string, options: CallOptions = {}): Promise<Availability> {
    const path = `/v1/skus/${encodeURIComponent(skuId)}/availability`;
    return availabilityIn(await this.within(options, (limit) => this.send(limit, { method: 'GET', path, isPublic: true })));
  }

  private change(
    reservationId: string,
    what: 'confirm' | 'cancel' | 'extend',
    call: Pick<Call, 'headers' | 'body'>,
    options: CallOptions,
  ): Promise<GrantedReservation> {
    const path = `${pathOf(reservationId)}/${what}`;
    return this.within(options, async (limit) => {
      for (;;) {
        const received = await this.send(limit, { method: 'POST', path, ...call, waitSeconds: waitSeconds(limit) });
        const reservation = reservationIn(received, reservationId);
        if (received.status !== 202) return reservation as GrantedReservation;
        // Only a repeat is told the decision itself: the state alone would not say why it was refused.
        await this.pause(received, limit);
      }
    });
  }

  /** From the first answer on, until that or a later one is a decision. */
  private async decision(options: CallOptions, first: (limit: Limit) => Promise<Reservation>): Promise<DecidedReservation> {
    let last: Reservation | null = null;
    try {
      return await this.within(options, async (limit) => {
        let current = await first(limit);
        while (current.status === 'QUEUED') {
          last = current;
          const received = await this.readOnce(current.reservationId, limit, waitSeconds(limit));
          current = reservationIn(received, current.reservationId);
          last = current;
          if (current.status === 'QUEUED') await this.pause(received, limit);
        }
        return current;
      });
    } catch (error) {
      if (error instanceof DeadlineError) error.reservation = last;
      throw error;
    }
  }

  private async read(reservationId: string, limit: Limit, seconds: number): Promise<Reservation> {
    return reservationIn(await this.readOnce(reservationId, limit, seconds), reservationId);
  }

  private readOnce(reservationId: string, limit: Limit, seconds: number): Promise<Answered> {
    return this.send(limit, { method: 'GET', path: pathOf(reservationId), waitSeconds: seconds });
  }

  private send(limit: Limit, call: Call): Promise<Answered> {
    const { runtime } = this.connection;
    return withRetries(runtime, limit, () => exchange(this.connection, call, limit.signal));
  }

  /** Before the same is asked again: what is between us and the service may have dropped the wish to wait. */
  private pause({ headers }: Answered, { signal }: Limit): Promise<void> {
    const { runtime } = this.connection;
    return runtime.sleep(backoffMs(runtime, 0, Math.max(POLL_MS, retryAfterMsOf(headers) ?? 0)), signal);
  }

  private within<T>({ signal, deadlineMs = this.deadlineMs }: CallOptions, run: (limit: Limit) => Promise<T>): Promise<T> {
    return within(this.connection.runtime, { signal, deadlineMs }, run);
  }
}

const pathOf = (reservationId: string): string => `/v1/reservations/${encodeURIComponent(reservationId)}`;

/** As long as the service waits, and as there is time. */
const waitSeconds = (limit: Limit): number => Math.max(0, Math.min(WAIT_MAX_SECONDS, Math.floor(limit.leftMs() / 1_000)));

const asking = ({ idempotencyKey: _, ...request }: ReserveRequest): Pick<Call, 'method' | 'path' | 'body'> => ({
  method: 'POST',
  path: '/v1/reservations',
  body: { quantity: 1, ...request },
});

/** One key for all attempts, and for whoever asks again after an error. */
async function keyed<T>(key: string = newKey(), run: (headers: Readonly<Record<string, string>>) => Promise<T>): Promise<T> {
  try {
    return await run({ 'Idempotency-Key': key });
  } catch (error) {
    if (error instanceof FlashsaleError) error.idempotencyKey = key;
    throw error;
  }
}
