import { readFileSync } from 'node:fs';
import type { Client, Pool } from 'pg';
import type { Millis } from '../domain/ids.js';
import type { Actor, RecountRecord } from '../ports/operations.js';
import type { Clock } from '../ports/runtime.js';
import { recount } from './recount.js';
import { type FailedReport, outcomeOf, type RecountReport, reportOf } from './recount-report.js';

const sql = (name: string): string => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
const LAST = sql('recount-last');
const KEEP = sql('recount-keep');
const LOCK = sql('recount-lock');
const CANCEL = sql('recount-cancel');

/** Any number that nobody else locks in this database: "recount" in ASCII. */
const LOCK_KEY = '32199625091149428';

/** Longest that a statement takes to notice that it is cancelled. */
const CANCEL_MS = 1_000;

export type AskedRecount = RecountRecord<RecountReport | FailedReport>;

export interface LastRecount {
  /** Null: none was asked for yet. */
  readonly last: AskedRecount | null;
  /** On whatever process. */
  readonly isRunning: boolean;
}

export interface RecountDeskDependencies {
  readonly pool: Pool;
  /** A connection for one recount, not connected yet: minutes are not what the others are made for. */
  readonly connect: () => Client;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  /** A recount that could not be made, or whose result could not be kept: whoever waits for it still gets it. */
  readonly onError: (whatFailed: 'made' | 'kept', error: unknown) => void;
}

export interface RecountDesk {
  last(): Promise<LastRecount>;
  /**
   * Begins a recount, one at a time in the whole service. Its result is kept whether or not anybody waits for it.
   * @returns null where one is under way already
   * @throws where it cannot begin
   */
  run(by: Actor): Promise<{ readonly result: Promise<AskedRecount> } | null>;
  /** Ends the one that is under way here. */
  stop(): Promise<void>;
}

interface RecountRow {
  readonly asked_by: string | null;
  readonly started_at: Millis;
  readonly took_ms: number;
  readonly outcome: AskedRecount['outcome'];
  readonly report: string;
  readonly under_way: boolean;
}

export function createRecountDesk(deps: RecountDeskDependencies): RecountDesk {
  const { pool, connect, clock, onError } = deps;
  let running: { readonly client: Client; readonly result: Promise<AskedRecount> } | null = null;
  let stopped = false;

  async function last(): Promise<LastRecount> {
    const { rows } = await pool.query<RecountRow>(LAST, [LOCK_KEY]);
    const [row] = rows;
    if (row === undefined) throw new Error('the database did not answer what was recounted last');
    const { asked_by: askedBy, started_at: startedAt, took_ms: tookMs, outcome, report, under_way: isRunning } = row;
    return { last: askedBy === null ? null : { askedBy, startedAt, tookMs, outcome, report: JSON.parse(report) }, isRunning };
  }

  async function run(by: Actor): Promise<{ readonly result: Promise<AskedRecount> } | null> {
    const client = connect();
    // The statement under way fails by itself; without a listener the event would end the process.
    client.on('error', () => undefined);
    let begun = false;
    try {
      await client.connect();
      const { rows } = await client.query<{ is_ours: boolean; now: Millis }>(LOCK, [LOCK_KEY]);
      const [lock] = rows;
      if (stopped) throw new Error('the process is stopping');
      if (lock?.is_ours !== true) return null;
      const result = count(client, by, lock.now).finally(() => {
        // The lock went before: there may be another one by now.
        if (running?.client === client) running = null;
      });
      running = { client, result };
      begun = true;
      return { result };
    } finally {
      if (!begun) await client.end().catch(() => undefined);
    }
  }

  async function count(client: Client, by: Actor, startedAt: Millis): Promise<AskedRecount> {
    const started = clock.monotonic();
    try {
      const found = await recount(client)
        .then((answer) => ({ outcome: outcomeOf(answer), report: reportOf(answer) }))
        .catch((error: unknown) => {
          onError('made', error);
          return { outcome: 'FAILED' as const, report: { error: wordsFor(error) } };
        });
      const record = { askedBy: by.name, startedAt, tookMs: Math.round(clock.monotonic() - started), ...found };
      const row = [record.askedBy, startedAt, record.tookMs, record.outcome, JSON.stringify(record.report)];
      await pool.query(KEEP, row).catch((error: unknown) => onError('kept', error));
      return record;
    } finally {
      // Last, since the lock goes with the connection: who sees none under way finds the result.
      await client.end().catch(() => undefined);
    }
  }

  return {
    last,
    run,
    async stop() {
      stopped = true;
      if (running === null) return;
      const { client, result } = running;
      // The driver's types do not name it.
      const { processID } = client as Client & { readonly processID?: number };
      if (processID !== undefined) await pool.query(CANCEL, [processID]).catch(() => client.end());
      // Between two of its statements there was nothing to cancel.
      const over = new AbortController();
      const patience = clock.sleep(CANCEL_MS, over.signal).then(() => (over.signal.aborted ? undefined : client.end()));
      await Promise.race([result, patience]);
      over.abort();
      await result;
    },
  };
}

/** SQLSTATEs in words; the driver's own words may hold addresses. */
function wordsFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === '57014') return 'It took longer than FLASHSALE_AUDIT_TIMEOUT_MS, or its process was stopped.';
  return 'The database did not answer, or refused; the log of the process has the reason.';
}
