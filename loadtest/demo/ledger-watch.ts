import pg from 'pg';

export interface Moment {
  readonly decided: number;
  readonly unitsLeft: number;
  readonly hotUnitsLeft: number | null;
}

/** Looks at the truth while the sale runs. On connections of its own, few, so that looking does not slow down what is looked at. */
export class LedgerWatch {
  private readonly pool: pg.Pool;

  constructor(databaseUrl: string) {
    this.pool = new pg.Pool({ connectionString: databaseUrl, max: 2, connectionTimeoutMillis: 5_000, statement_timeout: 30_000 });
    this.pool.on('error', () => {
      // An idle connection that broke is replaced at the next question; that one's failure is told.
    });
  }

  /** By the stock rows, one for each SKU: cheap enough to ask every 100 ms. A SKU's first decision created it. */
  async moment(hotSku: string): Promise<Moment> {
    const { rows } = await this.pool.query<{ sku_id: string; left: number; decided: number }>(
      'select sku_id, total - reserved - confirmed as left, (sequence - 1)::float8 as decided from stock',
    );
    return {
      decided: rows.reduce((sum, row) => sum + row.decided, 0),
      unitsLeft: rows.reduce((sum, row) => sum + row.left, 0),
      hotUnitsLeft: rows.find(({ sku_id }) => sku_id === hotSku)?.left ?? null,
    };
  }

  async lastSequence(skuId: string): Promise<number> {
    const { rows } = await this.pool.query<{ last: number }>(
      'select coalesce(max(last_sequence), 0)::float8 as last from ledger where sku_id = $1',
      [skuId],
    );
    return rows[0]?.last ?? 0;
  }

  /** How many of these requests have neither a decision nor a dead letter. */
  async undecided(ids: readonly string[]): Promise<number> {
    const { rows } = await this.pool.query<{ undecided: number }>(
      `select count(*)::float8 as undecided from unnest($1::uuid[]) as asked (id)
       where not exists (select from reservations where reservation_id = id) and not exists (select from dead_letters where reservation_id = id)`,
      [ids],
    );
    return rows[0]?.undecided ?? 0;
  }

  /** Runs something that needs a connection for itself. */
  async withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      // A recount of a large sale may take its time.
      await client.query('set statement_timeout = 0');
      return await work(client);
    } finally {
      client.release(true);
    }
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
