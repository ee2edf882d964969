import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { FAULTS, type Recount } from '../../src/audit/figures.js';
import { recount } from '../../src/audit/recount.js';
import { hintKeys } from '../../src/cache/keys.js';
import { createApiKey } from '../../src/catalogue/api-keys.js';
import { type Config, loadConfig } from '../../src/config.js';
import { createKafka } from '../../src/connections/kafka.js';
import type { ReservationId, SkuId } from '../../src/domain/ids.js';
import { Client } from './client.js';
import { SHOP } from './commands.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { eventually } from './eventually.js';
import { recordingLog } from './log.js';
import { type Running, type RunningApi, type RunningWriterRole, runApi, runWriter } from './service.js';
import { TopicLog } from './topic-log.js';

export const PARTITIONS = 4;

type Overrides = Readonly<Record<`FLASHSALE_${string}`, string>>;

export interface OpenApi extends RunningApi {
  readonly client: Client;
}

/** A whole service on the shared servers, with a database, topic, consumer group and Redis prefix of its own. One a test file. */
export class Site {
  /** Ids that were answered 201 or 202. */
  readonly accepted = new Set<string>();
  private readonly roles: Running[] = [];
  private readonly clients: Client[] = [];
  private readonly groups = new Set<string>();

  private constructor(
    private readonly environment: Overrides,
    readonly database: TestDatabase,
    readonly sql: pg.Client,
    readonly redis: Redis,
    readonly log: TopicLog,
    /** The topic of the events. */
    readonly events: TopicLog,
    /** The topic of the dead letters. */
    readonly letters: TopicLog,
    private readonly apiKey: string,
  ) {}

  static async open(overrides: Overrides = {}): Promise<Site> {
    const database = await createTestDatabase();
    const own = environmentOf(database);
    // The test's own way to the servers is not through a link that it may cut.
    const { kafka, redis } = loadConfig(own);
    const sql = new pg.Client({ connectionString: database.url });
    await sql.connect();
    const { key } = await createApiKey(sql, { name: SHOP, scopes: ['reserve', 'admin'] });
    const client = createKafka(kafka, recordingLog());
    const topics = [kafka.topic, kafka.eventsTopic, kafka.deadLetterTopic];
    const [log, events, letters] = (await Promise.all(topics.map((topic) => TopicLog.create(client, topic)))) as [
      TopicLog,
      TopicLog,
      TopicLog,
    ];
    const hints = new Redis(redis.url, { keyPrefix: redis.prefix });
    return new Site({ ...own, ...overrides }, database, sql, hints, log, events, letters, key);
  }

  /** The consumer group of the writers. */
  get group(): string {
    return this.config({}).kafka.consumer.group;
  }

  async startApi(overrides: Overrides = {}): Promise<OpenApi> {
    const api = await runApi(this.config(overrides));
    const client = new Client({ url: api.url, apiKey: this.apiKey, onAccepted: (id) => this.accepted.add(id) });
    this.roles.push(api);
    this.clients.push(client);
    return { ...api, client };
  }

  async startWriter(overrides: Overrides = {}): Promise<RunningWriterRole> {
    const config = this.config(overrides);
    this.groups.add(config.kafka.consumer.group);
    const writer = await runWriter(config);
    this.roles.push(writer);
    return writer;
  }

  /** Another consumer group, which goes with the topics. */
  ownGroup(): string {
    const group = `${this.group}-${this.groups.size}`;
    this.groups.add(group);
    return group;
  }

  /** For the command line. */
  environmentOfTools(): Record<string, string> {
    return { ...this.environment };
  }

  private config(overrides: Overrides): Config {
    return loadConfig({ ...this.environment, ...overrides });
  }

  /**
   * Waits until everything that is in the log now is decided, and the stored positions say so.
   * @throws with what the roles have logged
   */
  async applied(): Promise<void> {
    const ends = await this.log.ends();
    await eventually(async () => {
      const positions = await this.positions();
      return [...ends].every(([partition, end]) => (positions.get(partition) ?? 0) >= end);
    }).catch(async (error: unknown) => {
      const lines = this.roles
        .flatMap(({ log }) => log.lines)
        .map(({ level, message, error: cause }) => `${level} ${message} ${cause ?? ''}`);
      const told = [`log ends ${[...ends]}, positions ${[...(await this.positions())]}`, ...lines.slice(-60)].join('\n');
      throw new Error(`not all was decided in time; ${told}`, { cause: error });
    });
  }

  /** Waits until this hold is over by the database's clock, as the writer decides it; the sweep may or may not have been there by then. */
  async untilOver(id: string): Promise<void> {
    const text = 'select clock_timestamp() >= expires_at as over from reservations where reservation_id = $1';
    await eventually(async () => (await this.sql.query<{ over: boolean }>(text, [id])).rows[0]?.over === true);
  }

  private async positions(): Promise<ReadonlyMap<number, number>> {
    const { rows } = await this.sql.query<{ partition: number; next: number }>(
      'select partition, next_offset::int as next from partitions',
    );
    return new Map(rows.map(({ partition, next }) => [partition, next]));
  }

  /** Once all is decided: an independent recount, with every id that was accepted. @returns it, and the faults that it names */
  async recount(): Promise<Recount & { readonly faults: object }> {
    await this.applied();
    const found = await recount(this.sql, { acceptedIds: [...this.accepted] });
    const faults = FAULTS.filter((fault) => found.totals[fault] !== 0).map((fault) => [fault, found.totals[fault]]);
    const accounting = found.accountingBreaks === 0 ? [] : [['accounting', found.partitions]];
    return { ...found, faults: Object.fromEntries([...faults, ...accounting]) };
  }

  /** Outcome or reason of every decision about a SKU, in the order of their numbers. */
  async decisions(sku: string): Promise<string[]> {
    const { rows } = await this.sql.query<{ decisions: string }>('select decisions from ledger where sku_id = $1 order by first_sequence', [
      sku,
    ]);
    return rows
      .flatMap(({ decisions }) => decisions.split('\n'))
      .map((line) => {
        const [, , , outcome, reason] = JSON.parse(line) as [number, string, string, string, string | null];
        return reason ?? outcome;
      });
  }

  /** Forgets everything that Redis holds of this site, and nothing else. */
  async forgetHints(): Promise<void> {
    const prefix = String(this.redis.options.keyPrefix);
    const keys = await this.redis.keys(`${prefix}*`);
    if (keys.length > 0) await this.redis.del(keys.map((key) => key.slice(prefix.length)));
  }

  // Names in Redis, without the prefix.
  readonly hintKey = (sku: string): string => hintKeys('').hint(sku as SkuId);

  readonly statusKey = (id: string): string => hintKeys('').status(id as ReservationId);

  async close(): Promise<void> {
    for (const role of this.roles.reverse()) await role.stop();
    await Promise.all(this.clients.map((client) => client.close()));
    await this.forgetHints();
    this.redis.disconnect();
    await Promise.all([this.log.drop([...this.groups]), this.events.drop([]), this.letters.drop([])]);
    await this.sql.end();
    await this.database.drop();
  }
}

function environmentOf(database: TestDatabase): Overrides {
  const own = `flashsale-test-${process.pid}-${randomBytes(4).toString('hex')}`;
  return {
    FLASHSALE_DATABASE_URL: database.url,
    FLASHSALE_KAFKA_BROKERS: process.env.FLASHSALE_KAFKA_BROKERS ?? '',
    FLASHSALE_REDIS_URL: process.env.FLASHSALE_REDIS_URL ?? '',
    FLASHSALE_TOPIC: own,
    FLASHSALE_EVENTS_TOPIC: `${own}-events`,
    FLASHSALE_DEAD_LETTER_TOPIC: `${own}-dlq`,
    FLASHSALE_CONSUMER_GROUP: own,
    FLASHSALE_REDIS_PREFIX: `${own}:`,
    FLASHSALE_PARTITIONS: String(PARTITIONS),
    FLASHSALE_REPLICATION_FACTOR: '1',
    FLASHSALE_HTTP_HOST: '127.0.0.1',
    FLASHSALE_HTTP_PORT: '0',
    FLASHSALE_SHUTDOWN_DELAY_MS: '0',
    // For threads, which write to stderr; what the roles themselves log is recorded.
    FLASHSALE_LOG_LEVEL: 'error',
  };
}
