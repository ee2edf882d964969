import { createAccept } from '../../src/admission/accept.js';
import { createAdmission } from '../../src/admission/admit.js';
import type { Command } from '../../src/domain/command.js';
import { startRelay } from '../../src/events/relay.js';
import { startSweep } from '../../src/expiry/sweep.js';
import { Positions } from '../../src/log/positions.js';
import { Publisher } from '../../src/log/publisher.js';
import type { Accept } from '../../src/ports/admission.js';
import type { Appended } from '../../src/ports/log.js';
import { createOwnership } from '../../src/roles/ownership.js';
import { createStatusReader, type StatusReader } from '../../src/status/read.js';
import type { Log } from '../../src/telemetry/log.js';
import { createGroupCommit } from '../../src/writer/group-commit.js';
import { createGroupLoad } from '../../src/writer/group-load.js';
import { HolderBudget } from '../../src/writer/memory.js';
import type { CacheModel } from './cache-model.js';
import type { DatabaseModel } from './database-model.js';
import type { LogModel } from './log-model.js';
import type { Process } from './process.js';

export interface Servers {
  readonly log: LogModel;
  readonly events: LogModel;
  readonly database: DatabaseModel;
  readonly cache: CacheModel;
}

const silent: Log = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  with: () => silent,
};
const nobody = { failed: () => undefined, over: () => undefined };
const unguarded = <T>(call: () => Promise<T>): Promise<T> => call();

/** The real publisher of a process. */
function publisherOf(process: Process, { log }: Servers): Publisher {
  return new Publisher(log.producer(process), {
    ...{ partitionCount: log.partitions.length, lingerMs: 2, deadlineMs: 3_000, maxWaiting: 1_000 },
    ...{ clock: process.clock, onSend: () => undefined, onSettled: () => undefined, onError: () => undefined },
  });
}

/** A writer process, as src/roles/writer.ts wires it. @param onEnd it has found that it had better end */
export function startWriter(process: Process, servers: Servers, onEnd: (error: Error) => void): void {
  const { log, events, database, cache } = servers;
  const { clock, random } = process;
  const store = database.writer(process);
  const consumer = log.consumer(process);
  const publisher = publisherOf(process, servers);
  // The database's clock to within some milliseconds, as the round trip lets it be known.
  const databaseNow = () => process.world.now - random.fraction() * 3;
  const ownership = createOwnership({
    ...{ consumer, store, clock, random, databaseNow },
    ...{ load: createGroupLoad(store), submit: createGroupCommit(store), holderBudget: new HolderBudget(50) },
    readHoldings: (skuId) => store.holdings(skuId),
    cache: cache.of(process),
    positions: new Positions({ store, ends: consumer.ends, commitToGroup: consumer.commit }),
    topic: { name: 'requests', partitions: log.partitions.length },
    ...{ chunkLingerMs: 0, chunksInFlight: process.chance.between(1, 3) },
    onFailed: onEnd,
    observer: {
      applied: (_, batches) => sweep.decided(batches),
      ...{ failed: () => undefined, deadLetters: () => undefined, announcementDropped: () => undefined, stopped: () => undefined },
    },
    log: silent,
  });
  const partitions = (): number[] => [...ownership.owned()].flatMap(([partition, stoppedBy]) => (stoppedBy === null ? partition : []));
  const sweep = startSweep({
    ...{ store: database.expiry(process), partitionCount: log.partitions.length, partitions, clock },
    ...{ publish: (command) => publisher.publish(command), onLate: () => undefined, trouble: nobody },
  });
  startRelay({
    ...{ store: database.events(process), producer: events.producer(process), partitionCount: log.partitions.length, source: '/' },
    ...{ partitions, isBusy: () => false, clock, onPublished: () => undefined, onLag: () => undefined, trouble: nobody },
  });
  void consumer.start(ownership.events);
}

/** The door of an API process, and its reads. */
export interface Front {
  readonly process: Process;
  readonly accept: Accept;
  readonly reader: StatusReader;
  readonly publish: (command: Command) => Promise<Appended>;
}

/** An API process without its HTTP, as src/roles/api.ts wires it. */
export function startFront(process: Process, servers: Servers): Front {
  const { clock } = process;
  const cache = servers.cache.of(process);
  const publisher = publisherOf(process, servers);
  const partitionCount = servers.log.partitions.length;
  const reader = createStatusReader({ cache, store: servers.database.reader(process), guarded: unguarded, clock, partitionCount });
  const accept = createAccept({
    // Its requests are never so many that the queue would be too long.
    ...{ maxQueueMs: 30_000, partitionCount, queue: { appended: () => undefined, waitMs: () => null } },
    ...{ clock, decideByMs: 30_000, cache, guarded: unguarded, latest: reader.latest },
    isKnownSku: async () => true,
    admit: createAdmission({ cache, guarded: unguarded, onResult: () => undefined }),
    publish: (command) => publisher.publish(command),
  });
  return { process, accept, reader, publish: (command) => publisher.publish(command) };
}
