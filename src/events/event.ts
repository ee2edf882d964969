import type { SkuSettings } from '../domain/stock.js';
import type { RelayEntry } from '../ports/events.js';
import { createIsoTime } from './iso-time.js';
import type { EventType } from './schemas.js';

/** CloudEvents 1.0, structured JSON. */
export interface CloudEvent {
  readonly specversion: '1.0';
  /** `<sku>:<sequence>`: of one decision always the same. */
  readonly id: string;
  readonly source: string;
  readonly type: EventType;
  /** The reservation's id, or the SKU's where the command names no reservation. */
  readonly subject: string;
  readonly time: string;
  readonly partitionkey: string;
  /** As EVENT_SCHEMAS has it for the type. */
  readonly data: object;
}

/**
 * One event a decision, in sequence order. Of the entry and its lines only, so that it is the same however often and by whomever it is made.
 * @throws on a line that is none: events are never skipped
 */
export function eventsOf(entry: RelayEntry, source: string): readonly CloudEvent[] {
  const { skuId, firstSequence, decidedAt } = entry;
  const time = iso(decidedAt);
  return entry.decisions.split('\n').map((line, at) => {
    const sequence = firstSequence + at;
    const { type, subject, ...said } = say(line, `${skuId}:${sequence}`);
    return {
      specversion: '1.0',
      id: `${skuId}:${sequence}`,
      source,
      type,
      subject: subject ?? skuId,
      time,
      partitionkey: skuId,
      data: { skuId, sequence, ...said.data },
    };
  });
}

/** The schemas say what belongs into which; a test holds every event to its own. */
interface Said {
  readonly type: EventType;
  readonly subject: string | null;
  readonly data: object;
}

const iso = createIsoTime();
const isoOrNull = (ms: unknown): string | null => (typeof ms === 'number' ? iso(ms) : null);

/** As `encodeDecision` writes it; of a later version it may be anything. */
type Line = [offset: number, command: string, commandId: string, outcome: string, reason: string | null, ...rest: unknown[]];

/** What follows `[offset, type, commandId, outcome, reason` in a line: see `encodeDecision` in src/domain/ledger-entry.ts. */
function say(line: string, id: string): Said {
  const [, command, commandId, outcome, reason, ...rest] = JSON.parse(line) as Line;
  const reservationId = command === 'reserve' ? commandId : isHold(command) ? (rest[0] as string) : null;
  const about = { command, commandId, reservationId };
  switch (outcome) {
    case 'DUPLICATE':
      return { type: 'flashsale.command.repeated.v1', subject: reservationId, data: about };
    case 'REFUSED':
      return command === 'reserve' && rest.length > ASKER_AND_QUANTITY
        ? { type: 'flashsale.reservation.rejected.v1', subject: commandId, data: { reservationId: commandId, reason, ...asked(rest) } }
        : { type: 'flashsale.command.refused.v1', subject: reservationId, data: { ...about, reason, ...by(command, rest) } };
    case 'RESERVED': {
      const data = { reservationId: commandId, ...asked(rest), expiresAt: isoOrNull(rest[5]) };
      return { type: 'flashsale.reservation.reserved.v1', subject: commandId, data };
    }
    case 'CONFIRMED':
    case 'CANCELLED':
    case 'EXTENDED':
    case 'EXPIRED':
      return { ...changed(outcome, rest), subject: reservationId };
    case 'CONFIGURED':
    case 'ADJUSTED':
      return { ...operated(outcome, commandId, rest), subject: null };
    default:
      throw new Error(`decision ${id} has an outcome that this version does not know: ${outcome}`);
  }
}

/** A reserve that refused the record only has no more than these three. */
const ASKER_AND_QUANTITY = 3;

const isHold = (command: string): boolean => command === 'confirm' || command === 'cancel' || command === 'extend' || command === 'expire';

/** Who asked. Nobody asks for an expire but the service. */
function by(command: string, rest: readonly unknown[]) {
  if (command === 'expire') return { issuer: null, userId: null };
  const [issuer, userId] = isHold(command) ? rest.slice(1) : rest;
  return { issuer, userId };
}

const asked = ([issuer, userId, quantity, queuedAt, decideBy]: readonly unknown[]) => ({
  issuer,
  userId,
  quantity,
  queuedAt: isoOrNull(queuedAt),
  decideBy: isoOrNull(decideBy),
});

function changed(outcome: 'CONFIRMED' | 'CANCELLED' | 'EXTENDED' | 'EXPIRED', rest: readonly unknown[]): Omit<Said, 'subject'> {
  const [reservationId, issuer, userId, askedFor, expiresAt] = rest;
  switch (outcome) {
    case 'CONFIRMED':
      return { type: 'flashsale.reservation.confirmed.v1', data: { reservationId, issuer, userId, paymentReference: askedFor } };
    case 'CANCELLED':
      return { type: 'flashsale.reservation.cancelled.v1', data: { reservationId, issuer, userId } };
    case 'EXTENDED': {
      const data = { reservationId, issuer, userId, seconds: askedFor, expiresAt: isoOrNull(expiresAt) };
      return { type: 'flashsale.reservation.extended.v1', data };
    }
    case 'EXPIRED':
      return { type: 'flashsale.reservation.expired.v1', data: { reservationId } };
  }
}

function operated(outcome: 'CONFIGURED' | 'ADJUSTED', commandId: string, rest: readonly unknown[]): Omit<Said, 'subject'> {
  const [issuer, userId, third, fourth, fifth] = rest;
  if (outcome === 'ADJUSTED')
    return { type: 'flashsale.sku.adjusted.v1', data: { commandId, issuer, userId, delta: third, reason: fourth } };
  const settings = fifth as SkuSettings;
  const times = { opensAt: isoOrNull(settings.opensAt), closesAt: isoOrNull(settings.closesAt) };
  return { type: 'flashsale.sku.configured.v1', data: { commandId, issuer, userId, total: fourth, settings: { ...settings, ...times } } };
}
