import { randomUUID } from 'node:crypto';
import { fetch, Pool } from 'undici';
import { FlashsaleClient, type Reservation } from '../../clients/typescript/src/flashsale.js';
import { EventSource } from './event-source.js';

/** What an answer of the service may hold; what a test expects of it, the test says. */
export interface Body {
  readonly reservationId?: string;
  readonly status?: string | number;
  readonly code?: string;
  readonly [field: string]: unknown;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly ms: number;
}

export interface Ask {
  readonly sku: string;
  /** Left out where the caller's token names the buyer. */
  readonly user?: string;
  readonly quantity?: number;
  /** The Idempotency-Key; a new one unless given. */
  readonly key?: string;
  /** Seconds to wait for the decision. */
  readonly wait?: number;
}

export interface ClientOptions {
  readonly url: string;
  readonly apiKey: string;
  /** Told the id of every request that the service has taken. */
  readonly onAccepted: (reservationId: string) => void;
}

/** One API process as a storefront and an operator see it: each answer as it came. `typed` is for what needs only the outcome. */
export class Client {
  /** The client that shops use, over the same connections. */
  readonly typed: FlashsaleClient;
  private readonly pool: Pool;

  constructor(private readonly options: ClientOptions) {
    this.pool = new Pool(options.url, { connections: 128, headersTimeout: 30_000, bodyTimeout: 30_000 });
    this.typed = new FlashsaleClient({
      baseUrl: options.url,
      token: options.apiKey,
      fetch: ((url: string, init: object) => fetch(url, { ...init, dispatcher: this.pool })) as unknown as typeof globalThis.fetch,
    });
  }

  /**
   * Reserves and waits until the units are held.
   * @throws with the reason of a refusal
   */
  async hold({ sku, user, quantity = 1, key = randomUUID() }: Omit<Ask, 'wait'>): Promise<Reservation> {
    const request = { skuId: sku, quantity, idempotencyKey: key, ...(user !== undefined && { userId: user }) };
    const reservation = await this.typed.reserve(request);
    this.options.onAccepted(reservation.reservationId);
    return reservation;
  }

  async reserve({ sku, user, quantity = 1, key = randomUUID(), wait }: Ask): Promise<Reply> {
    const headers = { 'idempotency-key': key, ...preference(wait) };
    const reply = await this.send('POST', '/v1/reservations', headers, { skuId: sku, userId: user, quantity });
    if (reply.status === 201 || reply.status === 202) this.options.onAccepted(String(reply.body.reservationId));
    return reply;
  }

  reservation(id: unknown, wait?: number): Promise<Reply> {
    return this.send('GET', `/v1/reservations/${id}`, preference(wait));
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return this.send('GET', path, headers);
  }

  post(path: string, body?: object, headers: Record<string, string> = {}): Promise<Reply> {
    return this.send('POST', path, headers, body);
  }

  events(id: unknown, lastEventId?: number): Promise<EventSource> {
    const { url, apiKey } = this.options;
    return EventSource.open(`${url}/v1/reservations/${id}/events`, apiKey, lastEventId === undefined ? {} : { lastEventId });
  }

  /** Confirm, cancel or extend. */
  change(id: unknown, what: 'confirm' | 'cancel' | 'extend', body?: object, headers: Record<string, string> = {}): Promise<Reply> {
    return this.send('POST', `/v1/reservations/${id}/${what}`, headers, body);
  }

  availability(sku: string): Promise<Reply> {
    return this.send('GET', `/v1/skus/${sku}/availability`);
  }

  putSku(sku: string, settings: object, ifMatch?: string): Promise<Reply> {
    return this.send('PUT', `/v1/admin/skus/${sku}`, ifMatch === undefined ? {} : { 'if-match': ifMatch }, settings);
  }

  adjust(sku: string, delta: number, key: string = randomUUID(), reason = 'a count'): Promise<Reply> {
    return this.send('POST', `/v1/admin/skus/${sku}/adjustments`, { 'idempotency-key': key }, { delta, reason });
  }

  /** Pauses or resumes the sale of a SKU. */
  turn(sku: string, to: 'pause' | 'resume'): Promise<Reply> {
    return this.send('POST', `/v1/admin/skus/${sku}/${to}`);
  }

  /** @throws unless it is on sale now */
  async open(sku: string, total: number, settings: object = {}): Promise<void> {
    const { status, body } = await this.putSku(sku, { total, perUserLimit: 1_000, maxQuantity: 100, ...settings });
    if (status !== 201) throw new Error(`${sku} was not created: ${status} ${JSON.stringify(body)}`);
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async send(method: 'GET' | 'POST' | 'PUT', path: string, headers: Record<string, string> = {}, body?: object): Promise<Reply> {
    const started = performance.now();
    const answer = await this.pool.request({
      method,
      path,
      headers: { authorization: `Bearer ${this.options.apiKey}`, ...(body && { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    const received = (text === '' ? {} : JSON.parse(text)) as Body;
    const ms = performance.now() - started;
    return { status: answer.statusCode, headers: answer.headers as Record<string, string>, body: received, ms };
  }
}

const preference = (wait: number | undefined): Record<string, string> => (wait === undefined ? {} : { prefer: `wait=${wait}` });
