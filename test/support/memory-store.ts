import { isOperatorCommand } from '../../src/domain/command.js';
import type { LedgerEntry, SkuBatch } from '../../src/domain/decision.js';
import { holdingsOf } from '../../src/domain/holdings.js';
import { type CommandId, idsOfSameBuyer, type Offset, type SkuId } from '../../src/domain/ids.js';
import { HOLDS_UNITS, type Reservation } from '../../src/domain/reservation.js';
import { GENESIS_HASH, type Stock } from '../../src/domain/stock.js';
import type { DeadLetter, HeldUnits, Loaded, LoadRequest, Position, WriterStore } from '../../src/ports/store.js';

export type StoreCall = 'load' | 'holdings' | 'commit' | 'keepDeadLetters';
type Hook = (call: StoreCall, skuIds: readonly SkuId[]) => void | Promise<void>;

export const sqlError = (code: string): Error => Object.assign(new Error(`SQLSTATE ${code}`), { code });
export const brokenConnection = (): Error => Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' });

/** The writer's store as a model: the same fences and constraints, no server; hooks before and after each call delay it or make it fail. */
export class MemoryStore implements WriterStore {
  readonly stocks = new Map<SkuId, Stock>();
  readonly rows = new Map<string, Reservation>();
  readonly entries: LedgerEntry[] = [];
  readonly operations = new Set<CommandId>();
  readonly letters = new Map<number, DeadLetter>();
  readonly stored = new Map<number, Position>();
  /** The SKUs of each statement, in the statement's order. */
  readonly statements: (readonly SkuId[])[] = [];
  time = 1_700_000_000_000;
  before: Hook = () => undefined;
  after: Hook = () => undefined;

  async load(request: LoadRequest): Promise<Loaded> {
    await this.before('load', request.skuIds);
    const loaded = this.look(request);
    await this.after('load', request.skuIds);
    return loaded;
  }

  look({ skuIds, reservationIds, buyersOf, commandIds }: LoadRequest): Loaded {
    const rows = [...this.rows.values()];
    return {
      now: this.time,
      stocks: new Map(skuIds.flatMap((skuId) => [this.stocks.get(skuId) ?? []].flat().map((stock) => [skuId, stock] as const))),
      reservations: [
        ...reservationIds.flatMap((id) => this.rows.get(id) ?? []),
        ...buyersOf.flatMap((id) => {
          const { first, last } = idsOfSameBuyer(id);
          return rows.filter(({ reservationId: of, status }) => of >= first && of <= last && HOLDS_UNITS[status]);
        }),
      ],
      knownCommands: new Set(commandIds.filter((id) => this.operations.has(id))),
    };
  }

  async holdings(skuId: SkuId): Promise<HeldUnits | null> {
    await this.before('holdings', [skuId]);
    const stock = this.stocks.get(skuId);
    const held = stock === undefined ? null : { headHash: stock.headHash, units: holdingsOf(skuId, this.rows.values()) };
    await this.after('holdings', [skuId]);
    return held;
  }

  async commit(batches: readonly SkuBatch[]): Promise<ReadonlySet<SkuId>> {
    const skuIds = batches.map(({ entry }) => entry.skuId);
    this.statements.push(skuIds);
    await this.before('commit', skuIds);
    const committed = this.apply(batches);
    await this.after('commit', skuIds);
    return committed;
  }

  /** One statement: each batch behind its own fence; a violated constraint fails all of them and changes nothing. */
  apply(batches: readonly SkuBatch[]): ReadonlySet<SkuId> {
    const fresh = batches.filter(({ entry }) => (this.stocks.get(entry.skuId)?.headHash ?? GENESIS_HASH) === entry.previousHash);
    for (const { created, changed, after, decisions } of fresh) {
      if (changed.some(({ before }) => this.rows.get(before.reservationId)?.version !== before.version)) throw sqlError('P0001');
      if (created.some(({ reservationId }) => this.rows.has(reservationId))) throw sqlError('23505');
      if (after.reserved + after.confirmed > after.total) throw sqlError('23514');
      if (decisions.some(({ record }) => this.letters.get(record.offset)?.unapplicableTo !== undefined)) throw sqlError('P0001');
    }
    for (const { after, created, changed, decisions, entry } of fresh) {
      this.stocks.set(entry.skuId, after);
      this.entries.push(entry);
      for (const row of [...created, ...changed.map((change) => change.after)]) this.rows.set(row.reservationId, row);
      for (const { record } of decisions) if (isOperatorCommand(record.command)) this.operations.add(record.command.commandId);
    }
    return new Set(fresh.map(({ entry }) => entry.skuId));
  }

  async keepDeadLetters(letters: readonly DeadLetter[]): Promise<void> {
    await this.before('keepDeadLetters', []);
    for (const letter of letters) this.keep(letter);
    await this.after('keepDeadLetters', []);
  }

  /** One transaction: a record that is a command is set aside only while it is undecided, and its SKU's watermark moves onto it. */
  keep(letter: DeadLetter): void {
    const stock = letter.unapplicableTo === undefined ? undefined : this.stocks.get(letter.unapplicableTo);
    if (stock !== undefined) {
      if (stock.watermark >= letter.offset) throw new Error(`record ${letter.offset} has been decided or set aside since it was read`);
      this.stocks.set(stock.skuId, { ...stock, watermark: letter.offset });
    }
    if (!this.letters.has(letter.offset)) this.letters.set(letter.offset, letter);
  }

  async deadOffsets(_partition: number, from: number): Promise<readonly Offset[]> {
    return [...this.letters.keys()].filter((offset) => offset >= from) as Offset[];
  }

  async positions(partitions: readonly number[]): Promise<readonly Position[]> {
    return partitions.flatMap((partition) => this.stored.get(partition) ?? []);
  }

  async advance(positions: readonly Position[]): Promise<void> {
    for (const position of positions) {
      const known = this.stored.get(position.partition);
      if (known === undefined || known.nextOffset <= position.nextOffset) this.stored.set(position.partition, position);
    }
  }

  async now(): Promise<number> {
    return this.time;
  }

  /** The ledger's lines of one SKU, and the sequences they are numbered by. */
  ledgerOf(skuId: SkuId): { lines: string[]; sequences: number[] } {
    const own = this.entries.filter((entry) => entry.skuId === skuId);
    return {
      lines: own.flatMap(({ decisions }) => decisions.split('\n')),
      sequences: own.flatMap(({ firstSequence, lastSequence }) =>
        Array.from({ length: lastSequence - firstSequence + 1 }, (_, at) => firstSequence + at),
      ),
    };
  }
}
