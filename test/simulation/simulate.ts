import { partitionOf } from '../../src/domain/partition-hash.js';
import { encodeCommand } from '../../src/log/codec.js';
import { adjustOf, configureOf } from '../support/memory-log.js';
import { type BuyerEdges, buy, type Told } from './buyers.js';
import { CacheModel } from './cache-model.js';
import { violations } from './checks.js';
import { DatabaseModel } from './database-model.js';
import { type LogChaos, LogModel } from './log-model.js';
import { type Fates, NO_FATES, Process } from './process.js';
import { type Front, type Servers, startFront, startWriter } from './service.js';
import { World, withTimersOf } from './world.js';

/** How long there is trouble, and how long the service may take to come to rest afterwards. */
const TROUBLE_MS = 2_000;
const HEALS_WITHIN_MS = 60_000;
const QUIET: LogChaos = { repeated: 0, skipped: 0, again: 0, reset: 0 };

export interface Run {
  readonly seed: number;
  /** What is wrong, in words. */
  readonly violations: readonly string[];
  /** Events of the world, records of the log, processes that died: what the run has seen. */
  readonly steps: number;
  readonly records: number;
  readonly deaths: number;
}

/** One sale with everything that can go wrong, all of it by chance from this seed: the same seed is the same run, to the byte. */
export async function simulate(seed: number): Promise<Run> {
  const world = new World(seed);
  return await withTimersOf(
    () => world,
    () => new Simulation(world, seed).run(),
  );
}

class Simulation {
  private readonly servers: Servers;
  private readonly told: Told = { accepted: new Set(), lies: [] };
  private readonly writers = new Set<Process>();
  private readonly fronts = new Set<Front>();
  private readonly skus: readonly string[];
  private isTroubled = true;
  private underWay = 0;
  private deaths = 0;
  private born = 0;
  private readonly fates: Fates;
  private readonly chaos: LogChaos;

  constructor(
    private readonly world: World,
    private readonly seed: number,
  ) {
    const { random } = world;
    const some = (most: number): number => (random.chance(0.5) ? random.fraction() * most : 0);
    this.fates = { lost: some(0.1), unanswered: some(0.1), late: some(0.1) };
    this.chaos = { repeated: some(0.3), skipped: some(0.2), again: some(0.3), reset: some(0.1) };
    const chaos = (): LogChaos => (this.isTroubled ? this.chaos : QUIET);
    const partitions = random.between(1, 3);
    this.servers = {
      log: new LogModel(world, partitions, chaos),
      events: new LogModel(world, partitions, chaos),
      database: new DatabaseModel(world),
      cache: new CacheModel(world),
    };
    this.skus = ['hot', 'warm', 'cold'].slice(0, random.between(1, 3));
  }

  async run(): Promise<Run> {
    const { world, servers } = this;
    this.open();
    await world.run(() => false, TROUBLE_MS);
    this.heal();
    const rested = await world.run(() => this.isAtRest(), HEALS_WITHIN_MS);
    const found = [
      ...this.told.lies,
      ...(rested ? [] : [`J: not at rest ${HEALS_WITHIN_MS / 1_000} s after the last fault: ${this.unrest()}`]),
    ];
    const { database } = servers;
    if (rested) found.push(...violations({ ...servers, accepted: this.told.accepted }));
    return {
      ...{ seed: this.seed, violations: [...database.alarms.filter(() => !rested), ...found] },
      ...{ steps: world.steps, records: servers.log.partitions.reduce((sum, records) => sum + records.length, 0), deaths: this.deaths },
    };
  }

  private open(): void {
    const { world } = this;
    const { random } = world;
    for (const sku of this.skus) {
      const hold = { perUserLimit: random.between(1, 3), maxQuantity: 3, holdSeconds: random.between(1, 2), maxExtendSeconds: 1 };
      this.write(configureOf(sku, random.between(0, 8), hold));
    }
    for (let writers = random.between(1, 3); writers > 0; writers -= 1) this.startWriter();
    for (let fronts = random.between(1, 2); fronts > 0; fronts -= 1) this.startFront();
    // In crowds, as buyers come: then chunks follow each other closely.
    const crowds = Array.from({ length: random.between(1, 4) }, () => random.between(100, TROUBLE_MS - 500));
    for (let buyers = random.between(5, 20); buyers > 0; buyers -= 1) {
      const wish = { sku: random.pick(this.skus), user: `buyer-${random.between(1, 8)}`, key: random.pick(['k1', 'k2', 'k3']) };
      world.later(
        random.pick(crowds) + random.between(0, 60),
        () => this.begin(buy(this.edges, { ...wish, quantity: random.pick([1, 1, 1, 2, 3, 4]) })),
        null,
      );
    }
    const mishaps = random.between(0, 10);
    for (let at = 0; at < mishaps; at += 1) world.later(random.between(0, TROUBLE_MS), () => this.mishap(), null);
  }

  /** One thing that goes wrong, or that an operator does. */
  private mishap(): void {
    const { world, servers } = this;
    const { random } = world;
    const writer = this.writers.size === 0 ? null : random.pick([...this.writers]);
    const mishaps: (() => void)[] = [
      () => this.end(writer),
      () => this.end(writer),
      () => {
        // Past its session: the group gives its partitions to others meanwhile.
        writer?.stop(random.between(200, 3_000));
        servers.log.rebalance(random.between(100, 2_000));
      },
      () => servers.log.rebalance(0),
      () => this.endFront(),
      () => (random.chance(0.5) ? servers.cache.flush() : servers.cache.evict()),
      () => this.operate(),
      () => this.operate(),
      () => servers.log.append(random.between(0, servers.log.partitions.length - 1), Buffer.from('hot'), Buffer.from('no command')),
      () => this.startWriter(),
    ];
    random.pick(mishaps)();
  }

  private operate(): void {
    const { random } = this.world;
    const sku = random.pick(this.skus);
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
    const skew = this.world.random.between(-300, 300);
    return new Process(this.world, `${role}-${this.born}`, skew, () => (this.isTroubled ? this.fates : NO_FATES));
  }

  /** From an operator's hand, past the API. */
  private write(command: Parameters<typeof encodeCommand>[0]): void {
    const { log } = this.servers;
    const partition = partitionOf(command.skuId, log.partitions.length);
    log.append(partition, Buffer.from(command.skuId), Buffer.from(encodeCommand(command)));
  }

  private get edges(): BuyerEdges {
    return {
      ...{ world: this.world, told: this.told },
      front: () => (this.fronts.size === 0 ? null : this.world.random.pick([...this.fronts])),
      truth: (id) => this.servers.database.rows.get(id),
    };
  }

  private begin(life: Promise<void>): void {
    this.underWay += 1;
    void life.finally(() => {
      this.underWay -= 1;
    });
  }

  /** No more faults. What has died is started again, and everybody hears of the group as it is. */
  private heal(): void {
    this.isTroubled = false;
    for (const process of this.writers) process.stoppedUntil = Math.min(process.stoppedUntil, this.world.now);
    this.servers.log.rebalance(1_000);
  }

  private isAtRest(): boolean {
    return this.unrest() === null;
  }

  private unrest(): string | null {
    const { log, database } = this.servers;
    if (this.underWay > 0) return `${this.underWay} buyers wait`;
    for (const [partition, { end }] of log.ends())
      if (end > 0 && (database.positions.get(partition)?.nextOffset ?? 0) < end) return `partition ${partition} is not applied`;
    if ([...database.rows.values()].some(({ status }) => status === 'RESERVED')) return 'a hold is not over';
    for (const { partition, lastOffset, skuId } of database.entries)
      if (lastOffset >= (database.relayed.get(partition) ?? 0)) return `an entry of ${skuId} is not published`;
    return null;
  }
}
