import type { Outcome, SkuBatch } from '../domain/decision.js';
import type { Holdings } from '../domain/holdings.js';
import type { CommandId, Issuer, Millis, Offset, ReservationId, SkuId, UserId } from '../domain/ids.js';
import type { Refusal } from '../domain/refusal.js';
import type { DecidedStatus, Reservation } from '../domain/reservation.js';
import type { Stock } from '../domain/stock.js';
import type { RelayEntry } from './events.js';

export interface LoadRequest {
  readonly skuIds: readonly SkuId[];
  readonly reservationIds: readonly ReservationId[];
  /** Reservations whose buyers' holdings are needed too: all that holds units for them on that SKU. The id says where (`idsOfSameBuyer`). */
  readonly buyersOf: readonly ReservationId[];
  readonly commandIds: readonly CommandId[];
}

export interface Loaded {
  /** The database's clock at the read. */
  readonly now: Millis;
  /** SKUs without a row are missing. Read no later than the rest, so that a commit since then is noticed by the compare-and-set. */
  readonly stocks: ReadonlyMap<SkuId, Stock>;
  readonly reservations: readonly Reservation[];
  readonly knownCommands: ReadonlySet<CommandId>;
}

/** The position in one partition, as the database keeps it: the resume point. */
export interface Position {
  readonly partition: number;
  readonly nextOffset: Offset;
  /** Fingerprint of the record before `nextOffset`; null before the first. */
  readonly fingerprint: string | null;
  /** Everything that was in the log at this moment of the database's clock has been applied. */
  readonly appliedThrough: Millis | null;
}

export interface DeadLetter {
  readonly partition: number;
  readonly offset: Offset;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly appendedAt: Millis;
  readonly reason: string;
  /** The reservation's id, where it could be read. */
  readonly reservationId: string | null;
  /** Of a record that is a command and cannot be applied: the SKU whose fence its letter needs. */
  readonly unapplicableTo?: SkuId;
}

/** Who holds units of one SKU, as of one of its commits. */
export interface HeldUnits {
  readonly headHash: string;
  /** Of every buyer who holds any. Yours to change. */
  readonly units: Holdings;
}

export interface WriterStore {
  load(request: LoadRequest): Promise<Loaded>;
  /** Null for a SKU without a row. Its time is that of the SKU's rows, refused ones too. */
  holdings(skuId: SkuId): Promise<HeldUnits | null>;
  /**
   * Commits the batches, at most one a SKU, in one transaction, each only if the SKU's `headHash` is still its `before`'s.
   * @returns the SKUs that were committed; one that is missing lost its compare-and-set, and nothing of it was changed
   * @throws when the statement failed as a whole, or when it is unknown whether it did
   */
  commit(batches: readonly SkuBatch[]): Promise<ReadonlySet<SkuId>>;
  /**
   * Keeps them, each once; one that is `unapplicableTo` a SKU only while its record is undecided, and nobody decides it from then on.
   * @throws where such a record is decided by now, or set aside by somebody else: that letter is not kept
   */
  keepDeadLetters(letters: readonly DeadLetter[]): Promise<void>;
  /** Offsets, from this one on, of the partition's dead letters. */
  deadOffsets(partition: number, from: Offset): Promise<readonly Offset[]>;
  positions(partitions: readonly number[]): Promise<readonly Position[]>;
  /** Moves positions forward; one that is behind what is stored changes nothing. */
  advance(positions: readonly Position[]): Promise<void>;
  /** The database's clock. */
  now(): Promise<Millis>;
}

/** What is known in the database about an id that has no reservation. */
export interface Absence {
  /** Everything that was in the id's partition at this moment has been applied; null when nobody has said so yet. */
  readonly appliedThrough: Millis | null;
  /** It waits as a dead letter: accepted, not decided. */
  readonly isDeadLetter: boolean;
}

/** What became of a command at an offset, by the ledger. */
export interface DecidedCommand {
  readonly outcome: Outcome;
  readonly reason: Refusal | null;
  readonly sequence: number;
}

/** A command of the first time, by the operator log. */
export interface Operation extends DecidedCommand {
  /** What was asked for, as JSON. */
  readonly asked: string;
}

/** A record of the log, by the SKU that it is about. */
export interface LogPlace {
  readonly skuId: SkuId;
  readonly offset: Offset;
}

/** Whose reservations, and which of them. Null leaves a choice open. */
export interface ReservationFilter {
  readonly issuer: Issuer;
  readonly userId: UserId | null;
  readonly skuId: SkuId | null;
  readonly status: DecidedStatus | null;
}

/** By id. May be fewer than asked for, or none, and yet have a `next`: how much is looked through for one page is bounded. */
export interface ListedReservations {
  readonly reservations: readonly Reservation[];
  /** Where the next page begins; null: there is none. */
  readonly next: string | null;
}

/** Reads for those who ask: the API's side of the database. */
export interface ReaderStore {
  reservations(ids: readonly ReservationId[]): Promise<readonly Reservation[]>;
  absence(id: ReservationId, partition: number): Promise<Absence>;
  sku(skuId: SkuId): Promise<Stock | null>;
  /** In the order of the places; null while the SKU's ledger does not cover the offset. */
  decisionsAt(places: readonly LogPlace[]): Promise<readonly (DecidedCommand | null)[]>;
  /** What was decided of an operator's command the first time; null while it never was. */
  operation(commandId: CommandId): Promise<Operation | null>;
  listReservations(filter: ReservationFilter, after: string | null, limit: number): Promise<ListedReservations>;
  /** The entries that hold these sequences, in order; the first may begin before, the last may end behind. */
  entries(skuId: SkuId, first: number, last: number): Promise<readonly RelayEntry[]>;
  now(): Promise<Millis>;
}
