import { Pool } from 'undici';
import { z } from 'zod';
import { FlashsaleClient, type Reservation } from '../../clients/typescript/src/flashsale.js';
import type { Ask } from './buyers.js';
import type { OnSale } from './catalogue.js';
import { lightFetch } from './light-fetch.js';

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** Seconds; null without the header. */
  readonly retryAfter: number | null;
}

const reservation = z.object({ reservationId: z.string(), status: z.string() });
const problem = z.object({ code: z.string() });

/**
 * The service as a storefront sees it, by the public contract. What the crowd asks is sent bare, since each answer and each retry of it is
 * counted and timed; whoever waits for a decision does so by the client that shops use.
 */
export class Shop {
  private readonly pool: Pool;
  /** Apart, so that those who wait for a decision take no connection from those who ask. */
  private readonly waiters: Pool;
  private readonly client: FlashsaleClient;

  constructor(
    baseUrl: string,
    private readonly key: string,
  ) {
    this.pool = new Pool(baseUrl, { connections: 256, headersTimeout: 15_000, bodyTimeout: 15_000, connectTimeout: 5_000 });
    this.waiters = new Pool(baseUrl, { connections: 512, headersTimeout: 20_000, bodyTimeout: 20_000, connectTimeout: 5_000 });
    this.client = new FlashsaleClient({ baseUrl, token: key, fetch: lightFetch(this.waiters, baseUrl) });
  }

  putOnSale({ skuId, name, units, perUserLimit, maxQuantity }: OnSale): Promise<Reply> {
    const body = { name, total: units, perUserLimit, maxQuantity, holdSeconds: 3600 };
    return this.send('PUT', `/v1/admin/skus/${skuId}`, {}, body);
  }

  reserve({ skuId, userId, quantity, idempotencyKey }: Ask): Promise<Reply> {
    return this.send('POST', '/v1/reservations', { 'idempotency-key': idempotencyKey }, { skuId, userId, quantity });
  }

  /** Resolves when the reservation is decided, either way. @throws when it is not within the deadline, milliseconds */
  decided(reservationId: string, deadlineMs: number): Promise<Reservation> {
    return this.client.decided(reservationId, { deadlineMs });
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.destroy(), this.waiters.destroy()]);
  }

  private async send(method: 'PUT' | 'POST', path: string, headers: Record<string, string>, body: object): Promise<Reply> {
    const response = await this.pool.request({
      method,
      path,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.body.text();
    const retryAfter = Number(response.headers['retry-after'] ?? Number.NaN);
    return { status: response.statusCode, body: parsed(text), retryAfter: Number.isFinite(retryAfter) ? retryAfter : null };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @throws when an answer that should carry a reservation does not: the contract is broken, which no retry mends */
export const reservationOf = ({ body }: Reply): z.infer<typeof reservation> => reservation.parse(body);

export const problemCodeOf = ({ status, body }: Reply): string => problem.safeParse(body).data?.code ?? `HTTP_${status}`;
