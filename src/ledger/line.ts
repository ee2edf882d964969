import { isIssuer, isPaymentReference, isUserId, isUuid } from '../domain/ids.js';
import type { SkuSettings } from '../domain/stock.js';
import { readSettings } from './settings.js';

interface LineBase {
  readonly offset: number;
  /** Of a reserve it is the reservation's id. */
  readonly commandId: string;
  /** Whether a repeat: such a line says nothing of what was asked. */
  readonly repeat: boolean;
  /** What was decided, in one word: the reason of a refusal, else the outcome. */
  readonly answer: string;
  readonly refused: boolean;
}

/** Who asked. Empty in a repeat and in an expire. */
interface By {
  readonly issuer: string;
  readonly userId: string;
}

export interface ReserveLine extends LineBase, By {
  readonly type: 'reserve';
  readonly quantity: number;
  /** NaN, as the next two, where the line makes no row. */
  readonly queuedAt: number;
  readonly decideBy: number;
  readonly expiresAt: number | null;
  /** When the log took it; only where the sale's window refused it. */
  readonly appendedAt: number | null;
}

export interface HoldLine extends LineBase, By {
  readonly type: 'confirm' | 'cancel' | 'extend' | 'expire';
  readonly reservationId: string;
  /** Of a confirm, else empty. */
  readonly paymentReference: string;
  /** Asked for by an extend; null: as many as the SKU allows. */
  readonly seconds: number | null;
  /** End of the hold after an extend. */
  readonly expiresAt: number | null;
}

export interface ConfigureLine extends LineBase, By {
  readonly type: 'configure';
  readonly ifMatch: number | '*' | null;
  readonly total: number | null;
  /** All of them where it was applied; of a refused one those that were asked for. */
  readonly settings: Partial<SkuSettings>;
}

export interface AdjustLine extends LineBase, By {
  readonly type: 'adjust';
  readonly delta: number;
}

/** A decision as the ledger tells it. */
export type Line = ReserveLine | HoldLine | ConfigureLine | AdjustLine;

const OUTCOME_OF: Readonly<Record<Line['type'], string>> = {
  reserve: 'RESERVED',
  confirm: 'CONFIRMED',
  cancel: 'CANCELLED',
  extend: 'EXTENDED',
  expire: 'EXPIRED',
  configure: 'CONFIGURED',
  adjust: 'ADJUSTED',
};

/** Reads what `encodeDecision` (src/domain/ledger-entry.ts) writes; null where it is none of that. Not whether it was right. */
export function readLine(text: string): Line | null {
  const fields = parse(text);
  if (fields === null) return null;
  const [offset, type, commandId, outcome, reason, ...rest] = fields;
  if (!isWhole(offset) || offset < 0 || !isType(type) || !isUuid(commandId)) return null;
  const repeat = outcome === 'DUPLICATE';
  const refused = outcome === 'REFUSED';
  if (refused ? typeof reason !== 'string' : reason !== null) return null;
  if (!refused && !repeat && outcome !== OUTCOME_OF[type]) return null;
  const base: LineBase = { offset, commandId, repeat, refused, answer: refused ? (reason as string) : (outcome as string) };
  switch (type) {
    case 'reserve':
      return readReserve(base, rest);
    case 'configure':
      return readConfigure(base, rest);
    case 'adjust':
      return readAdjust(base, rest);
    default:
      return readHold(base, type, rest);
  }
}

function parse(text: string): unknown[] | null {
  try {
    const fields: unknown = JSON.parse(text);
    return Array.isArray(fields) ? fields : null;
  } catch {
    return null;
  }
}

const isType = (value: unknown): value is Line['type'] => typeof value === 'string' && Object.hasOwn(OUTCOME_OF, value);
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isWholeOrNull = (value: unknown): value is number | null => value === null || isWhole(value);

const NOBODY: By = { issuer: '', userId: '' };
const NO_RESERVE = { ...NOBODY, quantity: Number.NaN, queuedAt: Number.NaN, decideBy: Number.NaN, expiresAt: null, appendedAt: null };

/** A refusal of the record only makes no row, and has none of a row's times. */
const makesNoRow = (answer: string): boolean => answer === 'KEY_REUSED' || answer === 'INVALID_QUANTITY';
const namesItsArrival = (answer: string): boolean => answer === 'SALE_NOT_OPEN' || answer === 'SALE_CLOSED';

function readReserve(base: LineBase, rest: readonly unknown[]): ReserveLine | null {
  const [issuer, userId, quantity, queuedAt, decideBy, expiresAt, appendedAt] = rest;
  if (base.repeat) return rest.length === 0 ? { ...base, type: 'reserve', ...NO_RESERVE } : null;
  if (!isIssuer(issuer) || !isUserId(userId) || !isWhole(quantity)) return null;
  if (makesNoRow(base.answer)) return rest.length === 3 ? { ...base, type: 'reserve', ...NO_RESERVE, issuer, userId, quantity } : null;
  if (!isWhole(queuedAt) || !isWhole(decideBy) || !isWholeOrNull(expiresAt)) return null;
  if (!namesItsArrival(base.answer))
    return rest.length === 6
      ? { ...base, type: 'reserve', issuer, userId, quantity, queuedAt, decideBy, expiresAt, appendedAt: null }
      : null;
  if (rest.length !== 7 || !isWhole(appendedAt)) return null;
  return { ...base, type: 'reserve', issuer, userId, quantity, queuedAt, decideBy, expiresAt, appendedAt };
}

/** How many fields come after those that all lines have. */
const HOLD_FIELDS: Readonly<Record<HoldLine['type'], number>> = { confirm: 4, cancel: 3, extend: 5, expire: 1 };

function readHold(base: LineBase, type: HoldLine['type'], rest: readonly unknown[]): HoldLine | null {
  const [reservationId, issuer, userId, asked, expiresAt] = rest;
  if (!isUuid(reservationId) || rest.length !== (base.repeat ? 1 : HOLD_FIELDS[type])) return null;
  const bare: HoldLine = { ...base, type, reservationId, ...NOBODY, paymentReference: '', seconds: null, expiresAt: null };
  if (base.repeat || type === 'expire') return bare;
  if (!isIssuer(issuer) || !isUserId(userId)) return null;
  switch (type) {
    case 'confirm':
      return isPaymentReference(asked) ? { ...bare, issuer, userId, paymentReference: asked } : null;
    case 'cancel':
      return { ...bare, issuer, userId };
    case 'extend':
      return isWholeOrNull(asked) && isWholeOrNull(expiresAt) ? { ...bare, issuer, userId, seconds: asked, expiresAt } : null;
  }
}

function readConfigure(base: LineBase, rest: readonly unknown[]): ConfigureLine | null {
  const [issuer, userId, ifMatch, total, written] = rest;
  if (base.repeat) return rest.length === 0 ? { ...base, type: 'configure', ...NOBODY, ifMatch: null, total: null, settings: {} } : null;
  const settings = readSettings(written, !base.refused);
  if (rest.length !== 5 || !isIssuer(issuer) || !isUserId(userId) || settings === null) return null;
  if (!(ifMatch === '*' || isWholeOrNull(ifMatch)) || !isWholeOrNull(total)) return null;
  return { ...base, type: 'configure', issuer, userId, ifMatch, total, settings };
}

function readAdjust(base: LineBase, rest: readonly unknown[]): AdjustLine | null {
  const [issuer, userId, delta, reason] = rest;
  if (base.repeat) return rest.length === 0 ? { ...base, type: 'adjust', ...NOBODY, delta: 0 } : null;
  if (rest.length !== 4 || !isIssuer(issuer) || !isUserId(userId) || !isWhole(delta) || typeof reason !== 'string') return null;
  return { ...base, type: 'adjust', issuer, userId, delta };
}
