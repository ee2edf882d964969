import type { CommandId, Issuer, Millis, Offset, ReservationId, SkuId, UserId } from './ids.js';
import type { SkuSettings, SkuState } from './stock.js';

/** Version of the record format that this program writes, and the highest that it reads. */
export const COMMAND_VERSION = 1;

/** What every command carries. Times are epoch milliseconds by the clock of the API process that published it. */
interface CommandBase {
  readonly commandId: CommandId;
  readonly skuId: SkuId;
  /** With `userId` the principal on whose behalf the command was published. */
  readonly issuer: Issuer;
  readonly userId: UserId;
  readonly correlationId: string;
  readonly timestamp: Millis;
}

export interface ReserveCommand extends CommandBase {
  readonly type: 'reserve';
  /** The same string as `commandId`: one reserve, one reservation. */
  readonly reservationId: ReservationId;
  readonly quantity: number;
  readonly idempotencyKeyHash: string;
  readonly decideBy: Millis;
}

/**
 * The settings that a `configure` names; those left out keep their value (or take the default at creation). A SKU never becomes UNKNOWN
 * again: it could be created anew then, with fewer units than it has given out.
 */
export type SkuChange = Partial<Omit<SkuSettings, 'state'> & { readonly state: Exclude<SkuState, 'UNKNOWN'> }>;

/**
 * Creates a SKU (`ifMatch` null and `total` given) or changes its settings: those of the version the operator read, or of any (`*`, where
 * the change is right whatever the others are, as a pause is).
 */
export interface ConfigureCommand extends CommandBase {
  readonly type: 'configure';
  readonly ifMatch: number | '*' | null;
  readonly total: number | null;
  readonly change: SkuChange;
}

/** Changes the total by a difference, so that two operators never overwrite each other. */
export interface AdjustCommand extends CommandBase {
  readonly type: 'adjust';
  readonly delta: number;
  /** Why, for the operator log. */
  readonly reason: string;
}

/** The buyer has paid. The same reference again is a repeat. */
export interface ConfirmCommand extends CommandBase {
  readonly type: 'confirm';
  readonly reservationId: ReservationId;
  readonly paymentReference: string;
}

export interface CancelCommand extends CommandBase {
  readonly type: 'cancel';
  readonly reservationId: ReservationId;
}

/** Prolongs a hold, once. */
export interface ExtendCommand extends CommandBase {
  readonly type: 'extend';
  readonly reservationId: ReservationId;
  /** By how much; null: as much as the SKU allows. */
  readonly seconds: number | null;
}

/** Published by the partition's owner, of a hold that is overdue. */
export interface ExpireCommand extends CommandBase {
  readonly type: 'expire';
  readonly reservationId: ReservationId;
}

/** Of a reservation that was made. */
export type HoldCommand = ConfirmCommand | CancelCommand | ExtendCommand | ExpireCommand;
/** Leaves a row in the operator log, and is known by its id for ever. */
export type OperatorCommand = ConfigureCommand | AdjustCommand;
export type Command = ReserveCommand | HoldCommand | OperatorCommand;

export const isOperatorCommand = (command: Command): command is OperatorCommand =>
  command.type === 'configure' || command.type === 'adjust';

/** A command at its place in the log. `appendedAt` is the broker's LogAppendTime. */
export interface LogRecord<C extends Command = Command> {
  readonly offset: Offset;
  readonly appendedAt: Millis;
  readonly command: C;
}
