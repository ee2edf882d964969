import {
  type AdjustCommand,
  type CancelCommand,
  COMMAND_VERSION,
  type Command,
  type ConfigureCommand,
  type ConfirmCommand,
  type ExpireCommand,
  type ExtendCommand,
  type LogRecord,
  type ReserveCommand,
  type SkuChange,
} from '../domain/command.js';
import {
  type CommandId,
  idBelongsTo,
  isIssuer,
  isPaymentReference,
  isReservationIdOf,
  isSkuId,
  isUserId,
  isUuid,
  type ReservationId,
  type SkuId,
} from '../domain/ids.js';
import { HOLD_SECONDS_MAX, NAME_MAX_LENGTH, REASON_MAX_LENGTH, TIME_MAX, UNITS_MAX } from '../domain/limits.js';
import { partitionOf } from '../domain/partition-hash.js';
import type { Undecodable } from '../ports/dead-letters.js';
import type { RawRecord } from '../ports/log.js';

export type Decoded =
  | { readonly ok: true; readonly record: LogRecord }
  | { readonly ok: false; readonly reason: Undecodable; readonly reservationId: string | null };

export interface Place {
  readonly partition: number;
  readonly partitionCount: number;
}

/** The version in front of the command's own fields, as text: a copy of the command to hold both costs more than writing it. */
export function encodeCommand(command: Command): string {
  return VERSION_FIRST + JSON.stringify(command).slice(1);
}

const VERSION_FIRST = `{"version":${COMMAND_VERSION},`;

/** Reads one record and believes nothing: whoever can write to the topic can write anything. Checked by hand: 1 us, a schema library's 3. */
export function decodeRecord(raw: RawRecord, place: Place): Decoded {
  if (raw.value === null) return dead('TOMBSTONE', {});
  const body = parseObject(raw.value);
  if (body === null) return dead('INVALID_JSON', {});
  if (body.version !== COMMAND_VERSION) return dead('UNKNOWN_VERSION', body);
  const read = typeof body.type === 'string' && Object.hasOwn(READERS, body.type) ? READERS[body.type as Command['type']] : undefined;
  if (read === undefined) return dead('UNKNOWN_TYPE', body);
  const command = read(body);
  if (command === null) return dead('INVALID_COMMAND', body);
  if (raw.key?.toString() !== command.skuId) return dead('WRONG_KEY', body);
  if (partitionOf(command.skuId, place.partitionCount) !== place.partition) return dead('WRONG_PARTITION', body);
  return { ok: true, record: { offset: raw.offset, appendedAt: raw.appendedAt, command } };
}

/** With the reservation's id, if one can be read: whoever asks for it is then not told that it does not exist. */
const dead = (reason: Undecodable, { reservationId }: Body): Decoded => ({
  ok: false,
  reason,
  reservationId: isUuid(reservationId) ? reservationId : null,
});

type Body = Readonly<Record<string, unknown>>;

function parseObject(value: Buffer): Body | null {
  try {
    const parsed: unknown = JSON.parse(value.toString());
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Body) : null;
  } catch {
    return null;
  }
}

const READERS: Readonly<Record<Command['type'], (body: Body) => Command | null>> = {
  reserve: readReserve,
  confirm: readConfirm,
  cancel: readCancel,
  extend: readExtend,
  expire: readExpire,
  adjust: readAdjust,
  configure: readConfigure,
};

interface Base {
  readonly commandId: CommandId;
  readonly skuId: SkuId;
  readonly issuer: Command['issuer'];
  readonly userId: Command['userId'];
  readonly correlationId: string;
  readonly timestamp: number;
}

/** The fields that every command has; null where one is wrong, or where the id was made for another SKU. */
function readBase({ commandId, skuId, issuer, userId, correlationId, timestamp }: Body): Base | null {
  if (!isUuid(commandId) || !isSkuId(skuId) || !isIssuer(issuer) || !isUserId(userId)) return null;
  if (typeof correlationId !== 'string' || correlationId.length > 128 || !isTime(timestamp)) return null;
  if (!idBelongsTo(commandId, skuId)) return null;
  return { commandId: commandId as CommandId, skuId, issuer, userId, correlationId, timestamp };
}

function readReserve(body: Body): ReserveCommand | null {
  const base = readBase(body);
  const { reservationId, quantity, idempotencyKeyHash, decideBy } = body;
  if (base === null || reservationId !== base.commandId || !isReservationIdOf(base.commandId, base.skuId, base)) return null;
  // Any number is a quantity: the writer refuses what is none, and the refusal has its place in the ledger.
  if (!Number.isSafeInteger(quantity) || typeof idempotencyKeyHash !== 'string' || idempotencyKeyHash.length > 64 || !isTime(decideBy))
    return null;
  return {
    type: 'reserve',
    ...base,
    reservationId: reservationId as ReservationId,
    quantity: quantity as number,
    idempotencyKeyHash,
    decideBy,
  };
}

/** The reservation of a command about one; null where it is none of this SKU. */
function reservationIn({ reservationId }: Body, skuId: SkuId): ReservationId | null {
  return isUuid(reservationId) && idBelongsTo(reservationId, skuId) ? (reservationId as ReservationId) : null;
}

function readConfirm(body: Body): ConfirmCommand | null {
  const base = readBase(body);
  const reservationId = base && reservationIn(body, base.skuId);
  const { paymentReference } = body;
  if (base === null || reservationId === null || !isPaymentReference(paymentReference)) return null;
  return { type: 'confirm', ...base, reservationId, paymentReference };
}

function readCancel(body: Body): CancelCommand | null {
  const base = readBase(body);
  const reservationId = base && reservationIn(body, base.skuId);
  return base === null || reservationId === null ? null : { type: 'cancel', ...base, reservationId };
}

function readExtend(body: Body): ExtendCommand | null {
  const base = readBase(body);
  const reservationId = base && reservationIn(body, base.skuId);
  const { seconds } = body;
  if (base === null || reservationId === null || !(seconds === null || Number.isSafeInteger(seconds))) return null;
  return { type: 'extend', ...base, reservationId, seconds: seconds as number | null };
}

function readExpire(body: Body): ExpireCommand | null {
  const base = readBase(body);
  const reservationId = base && reservationIn(body, base.skuId);
  return base === null || reservationId === null ? null : { type: 'expire', ...base, reservationId };
}

function readAdjust(body: Body): AdjustCommand | null {
  const base = readBase(body);
  const { delta, reason } = body;
  if (base === null || !Number.isSafeInteger(delta) || !isText(reason, REASON_MAX_LENGTH)) return null;
  return { type: 'adjust', ...base, delta: delta as number, reason };
}

function readConfigure(body: Body): ConfigureCommand | null {
  const base = readBase(body);
  const { ifMatch, total } = body;
  const change = readChange(body.change);
  if (base === null || change === null) return null;
  if (!isIfMatch(ifMatch) || !isWholeOrNull(total, 0, UNITS_MAX)) return null;
  return { type: 'configure', ...base, ifMatch, total, change };
}

type Judge = (value: unknown) => boolean;

const SETTINGS: Readonly<Record<keyof SkuChange, Judge>> = {
  name: (value) => isText(value, NAME_MAX_LENGTH),
  state: (value) => value === 'OPEN' || value === 'PAUSED',
  perUserLimit: (value) => isWhole(value, 1, UNITS_MAX),
  maxQuantity: (value) => isWhole(value, 1, UNITS_MAX),
  holdSeconds: (value) => isWhole(value, 1, HOLD_SECONDS_MAX),
  maxExtendSeconds: (value) => isWhole(value, 0, HOLD_SECONDS_MAX),
  opensAt: (value) => value === null || isTime(value),
  closesAt: (value) => value === null || isTime(value),
};

function readChange(value: unknown): SkuChange | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const fine = Object.entries(value).every(
    ([name, setting]) => Object.hasOwn(SETTINGS, name) && SETTINGS[name as keyof SkuChange](setting),
  );
  return fine ? (value as SkuChange) : null;
}

const isWhole = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
const isWholeOrNull = (value: unknown, least: number, most: number): value is number | null =>
  value === null || isWhole(value, least, most);
const isIfMatch = (value: unknown): value is ConfigureCommand['ifMatch'] =>
  value === '*' || isWholeOrNull(value, 0, Number.MAX_SAFE_INTEGER);
/** What PostgreSQL can store as text: it takes neither NUL nor broken UTF-16. */
const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length <= most && value.isWellFormed() && !value.includes('\0');
const isTime = (value: unknown): value is number => isWhole(value, 0, TIME_MAX);
