import type { Offset } from '../../src/domain/ids.js';
import type { LogConsumer, LogConsumerEvents, LogProducer, LogRange, RawRecord } from '../../src/ports/log.js';
import type { Process } from './process.js';
import type { World } from './world.js';

interface Fetching {
  next: number;
  /** A seek begins a new one: what was under way for the last is dropped. */
  epoch: number;
  isWaiting: boolean;
  /** Told where to go and not there yet: the client goes there, whatever it does afterwards. */
  isBound: boolean;
}

interface Member {
  readonly process: Process;
  readonly events: LogConsumerEvents;
  readonly fetching: Map<number, Fetching>;
  /** The client keeps a pause through every assignment. */
  readonly paused: Set<number>;
  /** Of the group, as far as this member has heard. */
  generation: number;
}

export interface LogChaos {
  /** A send is written twice: the client has repeated a request whose answer was lost. */
  readonly repeated: number;
  /** A partition of a send is passed over: its leader has moved. */
  readonly skipped: number;
  /** A delivery begins earlier than it should. */
  readonly again: number;
  /** The client jumps to the beginning or the end of the log, without a word. */
  readonly reset: number;
}

/** A topic and its one consumer group. Owners overlap: each member hears of a rebalance in its own time. */
export class LogModel {
  readonly partitions: RawRecord[][];
  private readonly members: Member[] = [];
  private generation = 0;
  /** What the group was told last. */
  private readonly committed = new Map<number, number>();

  constructor(
    private readonly world: World,
    count: number,
    private readonly chaos: () => LogChaos,
  ) {
    this.partitions = Array.from({ length: count }, () => []);
  }

  ends(): ReadonlyMap<number, LogRange> {
    return new Map(this.partitions.map((records, partition) => [partition, { start: 0 as Offset, end: records.length as Offset }]));
  }

  producer(process: Process): LogProducer {
    const { random } = this.world;
    return {
      send: (records) =>
        process.call(() => {
          const { repeated, skipped } = this.chaos();
          const wanted = [...new Set(records.map(({ partition }) => partition))];
          const written = wanted.filter(() => !random.chance(skipped));
          let bases = new Map<number, Offset>();
          for (let times = random.chance(repeated) ? 2 : 1; times > 0; times -= 1) {
            bases = new Map(written.map((partition) => [partition, (this.partitions[partition] as RawRecord[]).length as Offset]));
            for (const { partition, key, value } of records)
              if (written.includes(partition)) this.append(partition, Buffer.from(key), Buffer.from(value));
          }
          for (const partition of written) this.wake(partition);
          return bases;
        }),
    };
  }

  /** Whoever it is. */
  append(partition: number, key: Buffer | null, value: Buffer | null): void {
    const records = this.partitions[partition] as RawRecord[];
    records.push({ offset: records.length as Offset, key, value, appendedAt: this.world.now });
  }

  consumer(process: Process): LogConsumer {
    let member: Member | null = null;
    const fetchingOf = (partition: number): Fetching | undefined => member?.fetching.get(partition);
    return {
      start: async (events) => {
        member = { process, events, fetching: new Map(), paused: new Set(), generation: 0 };
        this.members.push(member);
        this.rebalance(this.world.random.between(10, 200));
      },
      seek: (partition, offset) => {
        const fetching = fetchingOf(partition);
        if (member === null || fetching === undefined) return;
        Object.assign(fetching, { next: offset, epoch: fetching.epoch + 1, isWaiting: false, isBound: true });
        this.fetch(member, partition, fetching);
      },
      pause: (partition) => void member?.paused.add(partition),
      resume: (partition) => {
        const fetching = fetchingOf(partition);
        if (member?.paused.delete(partition) !== true || fetching === undefined) return;
        Object.assign(fetching, { epoch: fetching.epoch + 1, isWaiting: false });
        this.fetch(member, partition, fetching);
      },
      commit: (positions) =>
        process.call(() => {
          if (member?.generation !== this.generation) throw new Error('of a generation that is over');
          for (const [partition, offset] of positions) this.committed.set(partition, offset);
        }),
      ends: () => process.call(() => this.ends(), { isRead: true }),
      stop: async () => {
        if (member === null) return;
        this.members.splice(this.members.indexOf(member), 1);
        member.fetching.clear();
        this.rebalance(0);
      },
    };
  }

  /** The group finds out who is there and divides the partitions anew. */
  rebalance(afterMs: number): void {
    const { world } = this;
    world.later(
      afterMs,
      () => {
        const there = this.members.filter(({ process }) => process.isAlive && process.stoppedUntil <= world.now);
        const order = world.random.shuffle(there);
        const shares = new Map(order.map((member): [Member, number[]] => [member, []]));
        for (const partition of this.partitions.keys()) {
          const owner = order.length === 0 ? undefined : world.random.pick(order);
          if (owner !== undefined) shares.get(owner)?.push(partition);
        }
        this.generation += 1;
        const { generation } = this;
        for (const [member, share] of shares) {
          // Some go on for long with what is no longer theirs.
          const hears = world.random.chance(0.3) ? world.random.between(300, 2_500) : world.random.between(0, 250);
          world.later(hears, () => this.assign(member, share, generation), member.process);
        }
      },
      null,
    );
  }

  private assign(member: Member, partitions: readonly number[], generation: number): void {
    if (generation < member.generation || !this.members.includes(member)) return;
    member.generation = generation;
    member.fetching.clear();
    for (const partition of partitions) {
      const fetching: Fetching = { next: this.beginning(partition), epoch: 0, isWaiting: false, isBound: false };
      member.fetching.set(partition, fetching);
      this.fetch(member, partition, fetching);
    }
    member.events.assigned(partitions);
  }

  /** Where the client begins until it is told: where the group was told last, which while there is trouble may have been told anything. */
  private beginning(partition: number): number {
    const { again, reset } = this.chaos();
    const { random } = this.world;
    if ((again > 0 || reset > 0) && random.chance(0.5))
      this.committed.set(partition, random.between(0, (this.partitions[partition] as RawRecord[]).length));
    return this.committed.get(partition) ?? 0;
  }

  private fetch(member: Member, partition: number, fetching: Fetching): void {
    const { world } = this;
    const { epoch } = fetching;
    world.later(
      world.random.between(1, 30),
      () => {
        if (member.fetching.get(partition) !== fetching || fetching.epoch !== epoch || member.paused.has(partition)) return;
        const records = this.partitions[partition] as RawRecord[];
        const { again, reset } = this.chaos();
        // No such place: the client goes to the beginning, without a word.
        if (fetching.next > records.length) fetching.next = 0;
        if (!fetching.isBound && world.random.chance(reset)) fetching.next = world.random.chance(0.5) ? 0 : records.length;
        const from = !fetching.isBound && world.random.chance(again) ? world.random.between(0, fetching.next) : fetching.next;
        const fetched = records.slice(from, from + world.random.between(1, world.random.chance(0.5) ? 3 : 12));
        if (fetched.length === 0) {
          fetching.isWaiting = true;
          return;
        }
        fetching.isBound = false;
        fetching.next = Math.max(fetching.next, from + fetched.length);
        member.events.records(partition, fetched);
        if (fetching.epoch === epoch) this.fetch(member, partition, fetching);
      },
      member.process,
    );
  }

  private wake(partition: number): void {
    for (const member of this.members) {
      const fetching = member.fetching.get(partition);
      if (fetching?.isWaiting !== true) continue;
      fetching.isWaiting = false;
      this.fetch(member, partition, fetching);
    }
  }
}
