import type { Millis, Offset } from '../domain/ids.js';

/** Who does something that is no command of the log, for the record. */
export interface Actor {
  /** As it is shown. */
  readonly name: string;
  /** As it stands in the operators' log. */
  readonly principal: string;
}

/** Whether new reservations are taken, by the database. */
export interface SaleState {
  readonly state: 'RUNNING' | 'HALTED';
  readonly since: Millis;
  /** Why it was halted, or why it goes on; null where nobody said. */
  readonly reason: string | null;
  /** Null: it never was anything else. */
  readonly changedBy: string | null;
}

/** A recount that was asked for. */
export interface RecountRecord<Report> {
  readonly askedBy: string;
  readonly startedAt: Millis;
  readonly tookMs: number;
  /** FAILED: it could not be made, and says nothing about the sale. */
  readonly outcome: 'CLEAN' | 'FAULTY' | 'FAILED';
  readonly report: Report;
}

/** How far one partition of the log is. Null: not known at the moment. */
export interface PartitionStatus {
  readonly partition: number;
  /** Where the next record will lie. */
  readonly logEnd: Offset | null;
  /** Everything before it is applied, by the database; null also before the first. */
  readonly position: Offset | null;
  readonly lag: number | null;
  /** Everything that was in the log at this moment is applied. */
  readonly appliedThrough: Millis | null;
  /** Lately, by its owner; 0 where that has said nothing for two seconds. */
  readonly decisionsPerSecond: number | null;
  /** The writer that decides it; null also where there is none. */
  readonly owner: PartitionOwnerName | null;
}

export interface PartitionOwnerName {
  /** As the consumer group knows it. */
  readonly member: string;
  readonly host: string;
}

export interface WaitingLetters {
  readonly waiting: number;
  /** Of the oldest one; null where none waits. */
  readonly oldestStoredAt: Millis | null;
}

/** How the whole service does. Null: not known at the moment. */
export interface ServiceStatus {
  readonly asOf: Millis;
  /** Records that are not decided yet, in all partitions; null where those of one are not known. */
  readonly backlog: number | null;
  readonly decisionsPerSecond: number | null;
  readonly partitions: readonly PartitionStatus[];
  readonly sale: SaleState | null;
  /** What the process that answers goes by. */
  readonly takesReservations: boolean;
  readonly deadLetters: WaitingLetters | null;
  /** Of the process that answers: true while open. */
  readonly breakers: Readonly<Record<string, boolean>>;
  /** What could not be asked just now: its figures are null. */
  readonly unanswered: readonly string[];
}
