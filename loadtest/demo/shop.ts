import { Pool } from 'undici';
import { z } from 'zod';
import type { Ask } from './buyers.js';
import type { OnSale } from './catalogue.js';

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** Seconds; null without the header. */
  readonly retryAfter: number | null;
}

const reservation = z.object({ reservationId: z.string(), status: z.string() });
const problem = z.object({ code: z.string() });

/** The service as a storefront sees it, by the public contract. */
export class Shop {
  private readonly pool: Pool;
  /** Apart, so that those who wait for a decision take no connection from those who ask. */
  private readonly waiters: Pool;

  constructor(
    baseUrl: string,
    private readonly key: string,
  ) {
    this.pool = new Pool(baseUrl, { connections: 256, headersTimeout: 15_000, bodyTimeout: 15_000, connectTimeout: 5_000 });
    this.waiters = new Pool(baseUrl, { connections: 512, headersTimeout: 20_000, bodyTimeout: 20_000, connectTimeout: 5_000 });
  }

  putOnSale({ skuId, name, units, perUserLimit, maxQuantity }: OnSale): Promise<Reply> {
    const body = { name, total: units, perUserLimit, maxQuantity, holdSeconds: 3600 };
    return this.send(this.pool, 'PUT', `/v1/admin/skus/${skuId}`, {}, body);
  }

  reserve({ skuId, userId, quantity, idempotencyKey }: Ask): Promise<Reply> {
    return this.send(this.pool, 'POST', '/v1/reservations', { 'idempotency-key': idempotencyKey }, { skuId, userId, quantity });
  }

  /** Answers when the reservation is decided, or after 10 s. */
  awaitDecision(reservationId: string): Promise<Reply> {
    return this.send(this.waiters, 'GET', `/v1/reservations/${reservationId}`, { prefer: 'wait=10' });
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.destroy(), this.waiters.destroy()]);
  }

  private async send(
    pool: Pool,
    method: 'GET' | 'PUT' | 'POST',
    path: string,
    headers: Record<string, string>,
    body?: object,
  ): Promise<Reply> {
    const response = await pool.request({
      method,
      path,
      headers: { authorization: `Bearer ${this.key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? null : JSON.stringify(body),
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
