import { partitionOf } from '../../src/domain/partition-hash.js';
import { encodeCommand } from '../../src/log/codec.js';
import { adjustOf, configureOf } from '../support/memory-log.js';
import { type BuyerEdges, buy, type Told } from './buyers.js';
import { CacheModel } from './cache-model.js';
import { violations } from './checks.js';
import { DatabaseModel } from './database-model.js';
import { type LogChaos, LogModel } from './log-model.js';
import type { MishapKind, Plan } from './plan.js';
import type { Prng } from './prng.js';
import { NO_FATES, Process } from './process.js';
import { type Front, type Servers, startFront, startWriter } from './service.js';
import { World, withTimersOf } from './world.js';

/** How long the service may take to come to rest after the last fault. */
const HEALS_WITHIN_MS = 60_000;
const LOOKS_EVERY_MS = 10;
const QUIET: LogChaos = { repeated: 0, skipped: 0, again: 0, reset: 0 };

export interface Run {
  /** What is wrong, in words. */
  readonly violations: readonly string[];
  /** Events of the world, records of the log, processes that died: what the run has seen. */
  readonly steps: number;
  readonly records: number;
  readonly deaths: number;
  /** Of the whole sale: the last hash of each SKU's chain. */
  readonly hashes: readonly string[];
}

/** One sale as it is planned: the same plan is the same run, to the byte. */
export async function simulate(plan: Plan): Promise<Run> {
  const world = new World(plan.noise);
  return await withTimersOf(
    () => world,
    () => new Simulation(world, plan).run(),
  );
}

class Simulation {
  private readonly servers: Servers;
  private readonly told: Told = { accepted: new Set(), lies: [] };
  private readonly writers = new Set<Process>();
  private readonly fronts = new Set<Front>();
  private isTroubled = true;
  /** Somebody may go on with what the group has given to another meanwhile. */
  private isOutOfStep = false;
  private underWay = 0;
  private deaths = 0;
  private born = 0;

  constructor(
    private readonly world: World,
    private readonly plan: Plan,
  ) {
    const chaos = (): LogChaos => (this.isTroubled ? plan.chaos : QUIET);
    this.servers = {
      log: new LogModel(world, plan.partitions, chaos),
      events: new LogModel(world, plan.partitions, chaos),
      database: new DatabaseModel(world),
      cache: new CacheModel(world),
    };
  }

  async run(): Promise<Run> {
    const { world, servers } = this;
    this.open();
    await world.run(() => false, this.plan.troubleMs);
    this.heal();
    const rested = await world.run(() => this.unrest() === null, HEALS_WITHIN_MS, LOOKS_EVERY_MS);
    const found = [
      ...this.told.lies,
      ...(rested ? [] : [`J: not at rest ${HEALS_WITHIN_MS / 1_000} s after the last fault: ${this.unrest()}`]),
    ];
    const { database } = servers;
    if (rested) found.push(...violations({ ...servers, accepted: this.told.accepted }));
    return {
      violations: [...database.alarms.filter(() => !rested), ...found],
      ...{ steps: world.steps, records: servers.log.partitions.reduce((sum, records) => sum + records.length, 0), deaths: this.deaths },
      hashes: [...database.stocks.values()].map(({ headHash }) => headHash),
    };
  }

  private open(): void {
    const { world, plan } = this;
    for (const { sku, total, ...hold } of plan.skus) this.write(configureOf(sku, total, { ...hold, maxQuantity: 3, maxExtendSeconds: 1 }));
    for (let writers = plan.writers; writers > 0; writers -= 1) this.startWriter();
    for (let fronts = plan.fronts; fronts > 0; fronts -= 1) this.startFront();
    for (const buyer of plan.buyers)
      world.later(buyer.at, () => this.begin(buy(this.edgesOf(world.randomOf(`buyer-${buyer.nr}`)), buyer)), null);
    for (const { at, nr, kind } of plan.mishaps) world.later(at, () => this.mishaps[kind](world.randomOf(`mishap-${nr}`)), null);
  }

  private readonly mishaps: Readonly<Record<MishapKind, (random: Prng) => void>> = {
    'a writer dies': (random) => this.end(this.oneWriter(random)),
    // Past its session: the group gives its partitions to others meanwhile.
    'a writer is stopped': (random) => {
      this.isOutOfStep = true;
      this.oneWriter(random)?.stop(random.between(200, 3_000));
      this.servers.log.rebalance(random.between(100, 2_000));
    },
    'a writer joins': () => this.startWriter(),
    'the group divides anew': () => this.servers.log.rebalance(0),
    'an API process dies': () => this.endFront(),
    'the cache forgets': (random) => (random.chance(0.5) ? this.servers.cache.flush() : this.servers.cache.evict()),
    'no command is in the log': (random) => {
      const { log } = this.servers;
      log.append(random.between(0, log.partitions.length - 1), Buffer.from('hot'), Buffer.from('no command'));
    },
    'an operator writes': (random) => this.operate(random),
    // Of a process only: by less than a request's deadline, and by more.
    'a clock steps': (random) => {
      const processes = [...this.writers, ...[...this.fronts].map(({ process }) => process)];
      if (processes.length > 0) random.pick(processes).stepClock(random.pick([-60_000, -2_000, 2_000, 60_000]));
    },
  };

  private oneWriter(random: Prng): Process | null {
    return this.writers.size === 0 ? null : random.pick([...this.writers]);
  }

  private operate(random: Prng): void {
    const { sku } = random.pick(this.plan.skus);
    const perUserLimit = random.between(1, 3);
    this.write(
      random.chance(0.5)
        ? configureOf(sku, null, { perUserLimit }, '*')
        : adjustOf(sku, random.between(-3, 3), String(random.between(0, 2))),
    );
  }

  private endFront(): void {
    const [front] = this.fronts;
    if (front === undefined) return;
    front.process.kill();
    this.deaths += 1;
    this.fronts.delete(front);
    this.world.later(this.world.random.between(50, 1_000), () => this.startFront(), null);
  }

  /** A writer dies, and is started again some time later. */
  private end(process: Process | null): void {
    if (process?.isAlive !== true) return;
    const { world, servers } = this;
    process.kill();
    this.deaths += 1;
    this.writers.delete(process);
    servers.log.rebalance(world.random.between(100, 2_000));
    world.later(world.random.between(50, 1_500), () => this.startWriter(), null);
  }

  private startWriter(): void {
    const process = this.process('writer');
    this.writers.add(process);
    this.world.later(0, () => startWriter(process, this.servers, () => this.world.later(0, () => this.end(process), null)), process);
  }

  private startFront(): void {
    const process = this.process('api');
    this.world.later(0, () => this.fronts.add(startFront(process, this.servers)), process);
  }

  private process(role: string): Process {
    this.born += 1;
    const name = `${role}-${this.born}`;
    const skew = this.world.randomOf(`${name}'s clock`).between(-300, 300);
    return new Process(this.world, name, skew, () => (this.isTroubled ? this.plan.fates : NO_FATES));
  }

  /** From an operator's hand, past the API. */
  private write(command: Parameters<typeof encodeCommand>[0]): void {
    const { log } = this.servers;
    const partition = partitionOf(command.skuId, log.partitions.length);
    log.append(partition, Buffer.from(command.skuId), Buffer.from(encodeCommand(command)));
  }

  private edgesOf(random: Prng): BuyerEdges {
    return {
      ...{ world: this.world, random, told: this.told },
      front: () => (this.fronts.size === 0 ? null : random.pick([...this.fronts])),
      truth: (id) => this.servers.database.rows.get(id),
    };
  }

  private begin(life: Promise<void>): void {
    this.underWay += 1;
    void life.finally(() => {
      this.underWay -= 1;
    });
  }

  /** No more faults. What has died is started again, and who was stopped hears of the group as it is. */
  private heal(): void {
    this.isTroubled = false;
    for (const process of this.writers) process.stoppedUntil = Math.min(process.stoppedUntil, this.world.now);
    // Everybody begins anew where the group divides itself: what would not get on without that must be seen too.
    if (this.isOutOfStep || this.world.randomOf('heal').chance(0.5)) this.servers.log.rebalance(1_000);
  }

  private unrest(): string | null {
    const { log, database } = this.servers;
    if (this.underWay > 0) return `${this.underWay} buyers wait`;
    for (const [partition, { length }] of log.partitions.entries())
      if ((database.positions.get(partition)?.nextOffset ?? 0) < length) return `partition ${partition} is not applied`;
    for (const { status } of database.rows.values()) if (status === 'RESERVED') return 'a hold is not over';
    for (const { partition, lastOffset, skuId } of database.entries)
      if (lastOffset >= (database.relayed.get(partition) ?? 0)) return `an entry of ${skuId} is not published`;
    return null;
  }
}
