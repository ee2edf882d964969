import { isOperatorCommand } from '../../src/domain/command.js';
import type { Decision, LedgerEntry, SkuBatch } from '../../src/domain/decision.js';
import { holdingsOf } from '../../src/domain/holdings.js';
import { type CommandId, idsOfSameBuyer, type Millis, type Offset, type SkuId } from '../../src/domain/ids.js';
import { HOLDS_UNITS, type Reservation } from '../../src/domain/reservation.js';
import { GENESIS_HASH, type Stock } from '../../src/domain/stock.js';
import type { EventsStore, PageLimits, RelayEntry, RelayPage } from '../../src/ports/events.js';
import type { ExpiryStore, OverdueCursor } from '../../src/ports/expiry.js';
import type { DeadLetter, LoadRequest, Position, ReaderStore, WriterStore } from '../../src/ports/store.js';
import { OrderedConnection } from './ordered-connection.js';
import type { Process } from './process.js';
import type { World } from './world.js';

const sqlError = (code: string): Error => Object.assign(new Error(`SQLSTATE ${code}`), { code });
const READ = { isRead: true };

/** What PostgreSQL holds, and what its statements do in one moment: the fences and constraints of src/store/sql, nothing else. */
export class DatabaseModel {
  readonly stocks = new Map<SkuId, Stock>();
  readonly rows = new Map<string, Reservation>();
  readonly entries: LedgerEntry[] = [];
  readonly operations = new Set<CommandId>();
  readonly letters = new Map<string, DeadLetter>();
  readonly positions = new Map<number, Position>();
  readonly relayed = new Map<number, number>();
  readonly swept = new Map<number, Millis>();
  /** What the model itself saw that must not be. */
  readonly alarms: string[] = [];

  /** @param pageEntries what a page of the relay holds at most, asked anew for each: shorter than it asks for, so that it meets full ones */
  constructor(
    private readonly world: World,
    private readonly pageEntries = (): number => world.random.between(1, 5),
  ) {}

  get now(): Millis {
    return this.world.now;
  }

  writer(process: Process): WriterStore {
    const connection = new OrderedConnection(process);
    return {
      // The stock first, with the time: a commit between the two reads is then noticed by the compare-and-set.
      load: async (request) => {
        if (request.skuIds.length === 0) throw new Error('nothing was asked of the stock');
        const first = await process.call(() => ({ stocks: this.stocksOf(request.skuIds), now: this.now }), READ);
        return await process.call(() => ({ ...this.rest(request), ...first }), READ);
      },
      holdings: (skuId) =>
        process.call(() => {
          const stock = this.stocks.get(skuId);
          return stock === undefined ? null : { headHash: stock.headHash, units: holdingsOf(skuId, this.rows.values()) };
        }, READ),
      commit: (batches) => connection.send(() => this.commit(batches)),
      keepDeadLetters: (letters) => process.call(() => this.keep(letters)),
      deadOffsets: (partition, from) =>
        process.call(
          () => [...this.letters.values()].filter((letter) => letter.partition === partition && letter.offset >= from).map((l) => l.offset),
          READ,
        ),
      positions: (partitions) => process.call(() => partitions.flatMap((partition) => this.positions.get(partition) ?? []), READ),
      advance: (moved) => process.call(() => this.advance(moved)),
      now: () => process.call(() => this.now, READ),
    };
  }

  reader(process: Process): Pick<ReaderStore, 'reservations' | 'absence' | 'now'> {
    return {
      reservations: (ids) => process.call(() => ids.flatMap((id) => this.rows.get(id) ?? []), READ),
      absence: (id, partition) =>
        process.call(
          () => ({
            appliedThrough: this.saidThrough(partition),
            isDeadLetter: [...this.letters.values()].some(({ reservationId }) => reservationId === id),
          }),
          READ,
        ),
      now: () => process.call(() => this.now, READ),
    };
  }

  expiry(process: Process): ExpiryStore {
    return {
      overdue: (after, limit) => process.call(() => ({ now: this.now, holds: this.overdue(after).slice(0, limit) }), READ),
      swept: (partitions) => process.call(() => new Map([...this.swept].filter(([partition]) => partitions.includes(partition))), READ),
      advanceSwept: (partitions, through) =>
        process.call(() => {
          for (const partition of partitions)
            if (this.positions.has(partition)) this.swept.set(partition, Math.max(through, this.swept.get(partition) ?? through));
        }),
    };
  }

  events(process: Process): EventsStore {
    return {
      waiting: (partitions) =>
        process.call(() => {
          const pages = this.pages(partitions, { entries: 1, bytes: 1 });
          return pages.map(({ partition, entries: [oldest] }) => ({
            partition,
            ageSeconds: Math.max(0, this.now - oldest.decidedAt) / 1_000,
          }));
        }, READ),
      pages: (partitions, limits) =>
        process.call(() => this.pages(partitions, { ...limits, entries: Math.min(limits.entries, this.pageEntries()) }), READ),
      advance: (cursors) =>
        process.call(() => {
          for (const { partition, through } of cursors)
            if (this.positions.has(partition)) this.relayed.set(partition, Math.max(through, this.relayed.get(partition) ?? 0));
        }),
    };
  }

  /** Everything that is over by now and not ended, oldest first. */
  overdue(after: OverdueCursor = { expiresAt: Number.NEGATIVE_INFINITY, reservationId: '' }) {
    return [...this.rows.values()]
      .flatMap(({ reservationId, skuId, status, expiresAt }) =>
        status === 'RESERVED' && expiresAt !== null && expiresAt <= this.now ? [{ reservationId, skuId, expiresAt }] : [],
      )
      .filter(
        (hold) => hold.expiresAt > after.expiresAt || (hold.expiresAt === after.expiresAt && hold.reservationId > after.reservationId),
      )
      .sort((a, b) => a.expiresAt - b.expiresAt || (a.reservationId < b.reservationId ? -1 : 1));
  }

  private stocksOf(skuIds: readonly SkuId[]): ReadonlyMap<SkuId, Stock> {
    return new Map(
      skuIds.flatMap((skuId): [SkuId, Stock][] => {
        const stock = this.stocks.get(skuId);
        return stock === undefined ? [] : [[skuId, stock]];
      }),
    );
  }

  private rest({ reservationIds, buyersOf, commandIds }: LoadRequest) {
    const held = [...this.rows.values()].filter(({ status }) => HOLDS_UNITS[status]);
    return {
      reservations: [
        ...reservationIds.flatMap((id) => this.rows.get(id) ?? []),
        ...buyersOf.flatMap((id) => {
          const { first, last } = idsOfSameBuyer(id);
          return held.filter(({ reservationId }) => reservationId >= first && reservationId <= last);
        }),
      ],
      knownCommands: new Set(commandIds.filter((id) => this.operations.has(id))),
    };
  }

  private commit(batches: readonly SkuBatch[]): ReadonlySet<SkuId> {
    const isFresh = ({ entry, now }: SkuBatch): boolean =>
      (this.stocks.get(entry.skuId)?.headHash ?? GENESIS_HASH) === entry.previousHash && now > this.now - 10_000; // seconds late: commit.sql
    const fresh = batches.filter(isFresh);
    // In the order in which the statement comes upon them.
    for (const batch of fresh) if (!this.isStockSound(batch)) throw sqlError('23514');
    for (const { changed } of fresh)
      if (changed.some((change) => this.rows.get(change.before.reservationId)?.version !== change.before.version)) throw sqlError('P0001');
    for (const { created, changed, decisions } of fresh) {
      if (![...created, ...changed.map((change) => change.after)].every(isSound)) throw sqlError('23514');
      if (created.some(({ reservationId }) => this.rows.has(reservationId))) throw sqlError('23505');
      if (operationsIn(decisions).some((id) => this.operations.has(id))) throw sqlError('23505');
    }
    // The trigger of db/migrations/0003.
    for (const { after, decisions } of fresh)
      if (decisions.some(({ record }) => this.isSetAside(after, record.offset))) throw sqlError('P0001');
    for (const { after } of fresh)
      if ((this.stocks.get(after.skuId)?.watermark ?? -1) >= after.watermark) this.alarms.push(`the watermark of ${after.skuId} goes back`);
    for (const { after, created, changed, decisions, entry } of fresh) {
      this.stocks.set(entry.skuId, after);
      this.entries.push(entry);
      for (const row of [...created, ...changed.map((change) => change.after)]) this.rows.set(row.reservationId, row);
      for (const id of operationsIn(decisions)) this.operations.add(id);
    }
    return new Set(fresh.map(({ entry }) => entry.skuId));
  }

  /** Deltas, as the statement adds them. */
  private isStockSound({ before, after }: SkuBatch): boolean {
    const stock = this.stocks.get(after.skuId);
    const sum = (count: 'total' | 'reserved' | 'confirmed'): number => (stock?.[count] ?? 0) + after[count] - before[count];
    const [total, reserved, confirmed] = [sum('total'), sum('reserved'), sum('confirmed')];
    return reserved >= 0 && confirmed >= 0 && reserved + confirmed <= total;
  }

  private isSetAside({ partition, skuId }: Stock, offset: Offset): boolean {
    const letter = this.letters.get(`${partition}:${offset}`);
    return letter?.unapplicableTo !== undefined && String(letter.key) === skuId;
  }

  /** A time to come is what a clock that was set back has left. */
  private saidThrough(partition: number): Millis | null {
    const appliedThrough = this.positions.get(partition)?.appliedThrough ?? null;
    return appliedThrough !== null && appliedThrough <= this.now ? appliedThrough : null;
  }

  private keep(letters: readonly DeadLetter[]): void {
    for (const letter of letters) {
      const stock = letter.unapplicableTo === undefined ? undefined : this.stocks.get(letter.unapplicableTo);
      if (stock !== undefined) {
        if (stock.watermark >= letter.offset) throw new Error(`record ${letter.offset} has been decided or set aside since it was read`);
        this.stocks.set(stock.skuId, { ...stock, watermark: letter.offset });
      }
      const place = `${letter.partition}:${letter.offset}`;
      if (!this.letters.has(place)) this.letters.set(place, letter);
    }
  }

  private advance(moved: readonly Position[]): void {
    for (const position of moved) {
      const known = this.positions.get(position.partition);
      if (known !== undefined && known.nextOffset > position.nextOffset) continue;
      this.positions.set(position.partition, { ...position, appliedThrough: position.appliedThrough ?? known?.appliedThrough ?? null });
    }
  }

  private pages(partitions: readonly number[], limits: PageLimits): readonly RelayPage[] {
    return [...partitions].sort((a, b) => a - b).flatMap((partition) => this.page(partition, limits));
  }

  private page(partition: number, limits: PageLimits): RelayPage[] {
    const [from, to] = [this.relayed.get(partition) ?? 0, this.positions.get(partition)?.nextOffset ?? 0];
    const waiting = this.entries
      .filter((entry) => entry.partition === partition && entry.lastOffset >= from && entry.lastOffset < to)
      .sort((a, b) => a.lastOffset - b.lastOffset);
    const taken: RelayEntry[] = [];
    let bytes = 0;
    const isFull = (): boolean => taken.length >= limits.entries || bytes >= limits.bytes;
    for (const entry of waiting) {
      if (isFull()) break;
      taken.push(relayEntry(entry));
      bytes += Buffer.byteLength(entry.decisions);
    }
    const [first, ...rest] = taken;
    return first === undefined ? [] : [{ partition, entries: [first, ...rest], isFull: isFull() }];
  }
}

/** The CHECKs of a reservation. */
function isSound({ quantity, status, reason, sequence, version, expiresAt, confirmedAt, paymentReference }: Reservation): boolean {
  const [isRefused, isPaid] = [status === 'REJECTED', status === 'CONFIRMED'];
  const agrees = (reason !== null) === isRefused && (expiresAt === null) === isRefused;
  return quantity > 0 && version >= sequence && agrees && (confirmedAt !== null) === isPaid && (paymentReference !== null) === isPaid;
}

/** Ids of the operators' commands that are decided for the first time. */
const operationsIn = (decisions: readonly Decision[]): CommandId[] =>
  decisions.flatMap(({ outcome, record: { command } }) => (isOperatorCommand(command) && outcome !== 'DUPLICATE' ? command.commandId : []));

const relayEntry = ({ skuId, firstSequence, lastOffset, now, decisions }: LedgerEntry): RelayEntry => ({
  ...{ skuId, firstSequence, lastOffset: lastOffset as Offset, decidedAt: now, decisions },
});
