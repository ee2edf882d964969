import type { Pool } from 'pg';
import { loadConfig } from '../../src/config.js';
import { hotPool, plainPool } from '../../src/connections/postgres.js';
import type { SkuBatch } from '../../src/domain/decision.js';
import type { EventsStore } from '../../src/ports/events.js';
import type { ExpiryStore } from '../../src/ports/expiry.js';
import type { ReaderStore, WriterStore } from '../../src/ports/store.js';
import { createEventsStore } from '../../src/store/events-store.js';
import { createExpiryStore } from '../../src/store/expiry-store.js';
import { createReaderStore } from '../../src/store/reader-store.js';
import { createWriterStore, type WriterPools } from '../../src/store/writer-store.js';
import { DatabaseModel } from '../simulation/database-model.js';
import { type Fates, NO_FATES, Process } from '../simulation/process.js';
import { World } from '../simulation/world.js';
import { breakableLink } from '../support/breakable-link.js';
import { commitGate, PATIENT } from '../support/commit-gate.js';
import { createTestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { recordingLog } from '../support/log.js';
import { driven } from './driven.js';

/** The database as the service sees it, whichever it is. */
export interface DatabaseSide {
  /** Two owners of the same partitions, each with connections of its own: one of them has not heard yet. */
  readonly owner: WriterStore;
  readonly rival: WriterStore;
  readonly reader: Pick<ReaderStore, 'reservations' | 'absence' | 'now'>;
  readonly expiry: ExpiryStore;
  readonly events: EventsStore;
  /** The owner's commit takes place, and the connection breaks before the answer. @returns what the owner is told */
  unanswered(batches: readonly SkuBatch[]): Promise<unknown>;
  /** All reservations as if they had been decided so much earlier. */
  older(ms: number): Promise<void>;
  empty(): Promise<void>;
  close(): Promise<void>;
}

export const DATABASES: readonly [name: string, open: () => Promise<DatabaseSide>][] = [
  ['the model', openModel],
  ['PostgreSQL', openPostgres],
];

async function openModel(): Promise<DatabaseSide> {
  const world = new World(1);
  // Pages as long as the relay asks for them.
  const model = new DatabaseModel(world, () => Number.POSITIVE_INFINITY);
  let fates: Fates = NO_FATES;
  const process = (name: string): Process => new Process(world, name, 0, () => fates);
  const owner = driven(world, model.writer(process('owner')));
  return {
    owner,
    rival: driven(world, model.writer(process('rival'))),
    reader: driven(world, model.reader(process('reader'))),
    expiry: driven(world, model.expiry(process('sweep'))),
    events: driven(world, model.events(process('relay'))),
    async unanswered(batches) {
      fates = { ...NO_FATES, unanswered: 1 };
      const told = await owner.commit(batches).catch((error: unknown) => error);
      fates = NO_FATES;
      return told;
    },
    async older(ms) {
      for (const [id, row] of model.rows)
        model.rows.set(id, { ...row, decidedAt: row.decidedAt - ms, expiresAt: row.expiresAt === null ? null : row.expiresAt - ms });
    },
    async empty() {
      const { stocks, rows, operations, letters, positions, relayed, swept } = model;
      for (const map of [stocks, rows, operations, letters, positions, relayed, swept]) map.clear();
      model.entries.length = 0;
    },
    close: async () => undefined,
  };
}

const observe = (): void => undefined;
const TABLES = ['stock', 'reservations', 'ledger', 'operator_log', 'partitions', 'dead_letters'];

async function openPostgres(): Promise<DatabaseSide> {
  const database = await createTestDatabase();
  const gate = await commitGate(database.url);
  const { hostname, port } = new URL(database.url);
  const link = await breakableLink({ host: hostname, port: Number(port || 5432) });
  const linked = new URL(database.url);
  linked.host = `127.0.0.1:${link.port}`;
  const pools: Pool[] = [];
  const writer = (url: string): WriterStore => {
    const { postgres } = loadConfig({ FLASHSALE_DATABASE_URL: url, ...PATIENT });
    const log = recordingLog();
    const own: WriterPools = {
      load: hotPool(postgres, { name: 'contract-load', connections: 2 }, log),
      commit: hotPool(postgres, { name: 'contract-commit', connections: 1 }, log),
      plain: plainPool(postgres, { name: 'contract', connections: 2 }, log),
    };
    pools.push(...Object.values(own));
    return createWriterStore(own, 'topic', observe);
  };
  const owner = writer(linked.href);
  const rival = writer(database.url);
  const plain = pools.at(-1) as Pool;
  return {
    owner,
    rival,
    reader: createReaderStore(plain, observe),
    expiry: createExpiryStore(plain, observe),
    events: createEventsStore(plain, observe),
    async unanswered(batches) {
      await gate.close();
      const told = owner.commit(batches).catch((error: unknown) => error);
      await eventually(async () => (await gate.waiting()) === 1);
      link.cut();
      const error = await told;
      await gate.open();
      link.restore();
      const [first] = batches.map(({ after }) => after) as [SkuBatch['after']];
      await eventually(async () => (await rival.holdings(first.skuId))?.headHash === first.headHash);
      return error;
    },
    async older(ms) {
      const earlier = ['decided_at', 'expires_at'].map((column) => `${column} = ${column} - $1 * interval '1 ms'`);
      await plain.query(`update reservations set ${earlier}`, [ms]);
    },
    async empty() {
      // Truncating takes ten times as long while there is next to nothing in them.
      await plain.query(TABLES.map((table) => `delete from ${table}`).join(';'));
    },
    async close() {
      await Promise.all(pools.map((pool) => pool.end()));
      await Promise.all([gate.end(), link.close()]);
      await database.drop();
    },
  };
}
