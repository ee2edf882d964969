/**
 * The edges of the service as types only. Each has two implementations: the real server's, and a model of it for tests that need to
 * control time, order and failure.
 */
import type { Outcome, SkuBatch } from './domain/decision.js';
import type { CommandId, Issuer, Millis, Offset, ReservationId, SkuId, UserId } from './domain/ids.js';
import type { Refusal } from './domain/refusal.js';
import type { Reservation, ReservationStatus } from './domain/reservation.js';
import type { SkuState, Stock } from './domain/stock.js';

export interface Clock {
  /** Wall clock, epoch milliseconds. */
  now(): Millis;
  /** Milliseconds from an arbitrary start; never goes back. For durations. */
  monotonic(): number;
  /** Resolves after `ms`, at once when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** A UUID in canonical lower-case form. */
  uuid(): string;
  /** Uniform in [0, 1). */
  fraction(): number;
}

// ---- the log -------------------------------------------------------------------------------------------------------------------

/** A record as it lies in the log, nothing about it believed yet. */
export interface RawRecord {
  readonly offset: Offset;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** LogAppendTime, epoch milliseconds. */
  readonly appendedAt: Millis;
}

export interface OutgoingRecord {
  readonly partition: number;
  readonly key: string;
  readonly value: string;
}

/** Where the log says a record now is. */
export interface Appended {
  readonly partition: number;
  readonly offset: Offset;
}

export interface LogProducer {
  /**
   * Appends the records of one request, with acks from all in-sync replicas. Answers per partition the offset of the first record there;
   * a partition missing from the answer was possibly not written.
   * @throws when nothing is known about any of them: they may or may not be in the log
   */
  send(records: readonly OutgoingRecord[]): Promise<ReadonlyMap<number, Offset>>;
}

export interface LogConsumerEvents {
  /** The partitions this process owns from now on, all of them: what it owned before and is missing has another owner. */
  assigned(partitions: readonly number[]): void;
  /** Records of one partition in offset order. May repeat, and may begin anywhere. Must not block. */
  records(partition: number, records: readonly RawRecord[]): void;
  /** The consumer has ended for good and will not come back by itself. */
  crashed(error: Error): void;
}

export interface LogConsumer {
  start(events: LogConsumerEvents): Promise<void>;
  seek(partition: number, offset: Offset): void;
  pause(partition: number): void;
  resume(partition: number): void;
  /** Tells the group how far each partition is done: a hint for tools, never what this service resumes from. */
  commit(positions: ReadonlyMap<number, Offset>): Promise<void>;
  /** First and next offset of every partition, by a fresh question to the log. */
  ends(): Promise<ReadonlyMap<number, LogRange>>;
  stop(): Promise<void>;
}

export interface LogRange {
  readonly start: Offset;
  /** The offset that the next record will get. */
  readonly end: Offset;
}

// ---- the store -----------------------------------------------------------------------------------------------------------------

/** With a reservation, all that holds units for its buyer on its SKU is read too: the id says where (`idsOfSameBuyer`). */
export interface LoadRequest {
  readonly skuIds: readonly SkuId[];
  readonly reservationIds: readonly ReservationId[];
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
}

/** Who holds units of one SKU, as of one of its commits. */
export interface HeldUnits {
  readonly headHash: string;
  /** By `buyerKey`, of every buyer who holds any. */
  readonly units: ReadonlyMap<string, number>;
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
  keepDeadLetters(letters: readonly DeadLetter[]): Promise<void>;
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

/** Reads for those who ask: the API's side of the database. */
export interface ReaderStore {
  reservations(ids: readonly ReservationId[]): Promise<readonly Reservation[]>;
  absence(id: ReservationId, partition: number): Promise<Absence>;
  sku(skuId: SkuId): Promise<Stock | null>;
  /** Null while the SKU's ledger does not cover the offset. */
  decisionAt(skuId: SkuId, offset: Offset): Promise<DecidedCommand | null>;
  /** What was decided of an operator's command the first time; null while it never was. */
  operation(commandId: CommandId): Promise<DecidedCommand | null>;
  now(): Promise<Millis>;
}

// ---- the hints -----------------------------------------------------------------------------------------------------------------

/** A reservation as a buyer may see it: QUEUED, or decided. */
export interface ReservationView {
  readonly reservationId: ReservationId;
  readonly skuId: SkuId;
  readonly issuer: Issuer;
  readonly userId: UserId;
  readonly quantity: number;
  readonly status: ReservationStatus;
  readonly reason: Refusal | null;
  readonly sequence: number | null;
  readonly version: number;
  readonly queuedAt: Millis;
  readonly decideBy: Millis;
  readonly decidedAt: Millis | null;
  readonly expiresAt: Millis | null;
}

export interface AdmissionRequest {
  readonly reservationId: ReservationId;
  readonly keyHash: string;
  readonly skuId: SkuId;
  readonly quantity: number;
}

export type AdmissionAnswer =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'known'; readonly reservation: ReservationView }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly retryAfterMs: number | null };

/** How far a partition's writer is, as it last said. */
export interface Progress {
  readonly nextOffset: Offset;
  /** Decisions a second, lately. */
  readonly ratePerSecond: number;
  /** Age of this figure, milliseconds. */
  readonly ageMs: number;
}

export interface Queued {
  readonly view: ReservationView;
  readonly appended: Appended;
}

/** What a chunk's commits mean for those outside. */
export interface Announcement {
  readonly partition: number;
  readonly nextOffset: Offset;
  readonly ratePerSecond: number;
  readonly reservations: readonly Reservation[];
  readonly stocks: readonly Stock[];
}

/** Redis: everything in it is a hint and may be missing, late or gone. Every call may throw; none of them may block. */
export interface HintCache {
  /** One round trip for all; answers in the order of the requests. */
  admit(requests: readonly AdmissionRequest[]): Promise<readonly AdmissionAnswer[]>;
  /** Notes acknowledged requests as QUEUED where nothing newer is known; answers each partition's progress (missing where unknown). */
  queued(entries: readonly Queued[]): Promise<ReadonlyMap<number, Progress>>;
  announce(announcement: Announcement): Promise<void>;
  /** In the order of the ids; null where nothing is known. */
  read(ids: readonly ReservationId[]): Promise<readonly (ReservationView | null)[]>;
  stock(skuId: SkuId): Promise<StockHint | null>;
}

export interface StockHint {
  readonly total: number;
  readonly available: number;
  readonly state: SkuState;
  readonly opensAt: Millis | null;
  readonly closesAt: Millis | null;
  readonly sequence: number;
  /** The moment these figures were true, by the database's clock. */
  readonly asOf: Millis;
}
