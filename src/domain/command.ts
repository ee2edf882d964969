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

/** Creates a SKU (`ifMatch` null and `total` given) or changes its settings (`ifMatch` = the version the operator read). */
export interface ConfigureCommand extends CommandBase {
  readonly type: 'configure';
  readonly ifMatch: number | null;
  readonly total: number | null;
  readonly change: SkuChange;
}

export type Command = ReserveCommand | ConfigureCommand;

/** A command at its place in the log. `appendedAt` is the broker's LogAppendTime. */
export interface LogRecord<C extends Command = Command> {
  readonly offset: Offset;
  readonly appendedAt: Millis;
  readonly command: C;
}
