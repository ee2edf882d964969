import { z } from 'zod';
import { ISSUER_PATTERN, PAYMENT_REFERENCE_PATTERN, SKU_ID_PATTERN, USER_ID_PATTERN } from '../domain/ids.js';
import { HOLD_SECONDS_MAX, NAME_MAX_LENGTH, REASON_MAX_LENGTH, UNITS_MAX } from '../domain/limits.js';
import {
  ADJUST_REFUSALS,
  CONFIGURE_REFUSALS,
  HOLD_REFUSALS,
  RESERVE_REFUSALS,
  type RecordRefusal,
  type RejectionReason,
} from '../domain/refusal.js';

const time = z.iso.datetime({ precision: 3 }).describe('UTC');
const timeOrNull = time.nullable();
const skuId = z.string().regex(SKU_ID_PATTERN);
const id = z.guid();
const asker = {
  issuer: z.string().regex(ISSUER_PATTERN).describe('Who vouches for the user: a storefront, or the issuer of a token'),
  userId: z.string().regex(USER_ID_PATTERN),
};
const units = z.int().min(0).max(UNITS_MAX);
const decided = {
  skuId,
  sequence: z.int().min(1).describe('Number of the decision within its SKU: 1, 2, 3 ... without gaps'),
};
const request = {
  reservationId: id,
  ...asker,
  quantity: units.min(1),
  queuedAt: time.describe('When the request was taken, by the clock of the API'),
  decideBy: time,
};

/** They refuse the record only: no reservation comes of it. */
const RECORD_REFUSALS: readonly RecordRefusal[] = ['KEY_REUSED', 'INVALID_QUANTITY'];
const REJECTIONS = RESERVE_REFUSALS.filter((reason): reason is RejectionReason => !RECORD_REFUSALS.some((other) => other === reason));
const COMMAND_REFUSALS = [...new Set([...RECORD_REFUSALS, ...HOLD_REFUSALS, ...ADJUST_REFUSALS, ...CONFIGURE_REFUSALS])];

const command = {
  command: z.enum(['reserve', 'confirm', 'cancel', 'extend', 'expire', 'configure', 'adjust']),
  commandId: id,
  reservationId: id.nullable().describe('null where the command names none'),
};

/** The `data` of every type of event. A change that a consumer could notice is a new version, beside the old one. */
export const EVENT_SCHEMAS = {
  'flashsale.reservation.reserved.v1': z.strictObject({ ...decided, ...request, expiresAt: time.describe('End of the hold') }),
  'flashsale.reservation.rejected.v1': z.strictObject({ ...decided, ...request, reason: z.enum(REJECTIONS) }),
  'flashsale.reservation.confirmed.v1': z.strictObject({
    ...decided,
    reservationId: id,
    ...asker,
    paymentReference: z.string().regex(PAYMENT_REFERENCE_PATTERN),
  }),
  'flashsale.reservation.cancelled.v1': z.strictObject({ ...decided, reservationId: id, ...asker }),
  'flashsale.reservation.extended.v1': z.strictObject({
    ...decided,
    reservationId: id,
    ...asker,
    seconds: z.int().nullable().describe('As asked for; null: as many as the SKU allows'),
    expiresAt: time.describe('End of the hold as it is now'),
  }),
  'flashsale.reservation.expired.v1': z.strictObject({ ...decided, reservationId: id }),
  'flashsale.sku.configured.v1': z.strictObject({
    ...decided,
    commandId: id,
    ...asker,
    total: units.nullable().describe('null where the total stays as it was'),
    settings: z.strictObject({
      name: z.string().max(NAME_MAX_LENGTH),
      state: z.enum(['OPEN', 'PAUSED']),
      perUserLimit: units.min(1),
      maxQuantity: units.min(1),
      holdSeconds: z.int().min(1).max(HOLD_SECONDS_MAX),
      maxExtendSeconds: z.int().min(0).max(HOLD_SECONDS_MAX),
      opensAt: timeOrNull,
      closesAt: timeOrNull,
    }),
  }),
  'flashsale.sku.adjusted.v1': z.strictObject({
    ...decided,
    commandId: id,
    ...asker,
    delta: z.int().min(-UNITS_MAX).max(UNITS_MAX),
    reason: z.string().max(REASON_MAX_LENGTH).describe("The operator's, in their words"),
  }),
  'flashsale.command.refused.v1': z.strictObject({
    ...decided,
    ...command,
    issuer: asker.issuer.nullable().describe('null of an expire, which nobody asks for but the service'),
    userId: asker.userId.nullable(),
    reason: z.enum(COMMAND_REFUSALS).describe('RESERVATION_EXPIRED: the reservation is expired, by this decision or an earlier one'),
  }),
  'flashsale.command.repeated.v1': z.strictObject({ ...decided, ...command }),
} as const;

export type EventType = keyof typeof EVENT_SCHEMAS;

export const EVENT_TYPES = Object.keys(EVENT_SCHEMAS) as readonly EventType[];

/** A name that no address has to stand behind; the file is `docs/events/<type>.json`. */
const schemaUri = (type: EventType): string => `urn:flashsale:schema:${type}`;

/** The attributes of every event, around its `data`. No more than are needed: an event of 470 bytes costs a quarter less to send than one of 570. */
export const ENVELOPE = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.string().describe('<skuId>:<sequence>'),
  source: z.string().min(1),
  type: z.enum(EVENT_TYPES as [EventType, ...EventType[]]),
  subject: z.string().describe("The reservation's id; the SKU's where the command names no reservation"),
  time: time.describe("When it was decided, by the database's clock"),
  partitionkey: skuId,
  data: z.looseObject({}),
});

/** The files of docs/events by name, made from the schemas. */
export function schemaFiles(): ReadonlyMap<string, string> {
  const text = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;
  const ofTypes = EVENT_TYPES.map((type): [string, string] => {
    const { $schema, ...schema } = z.toJSONSchema(EVENT_SCHEMAS[type]);
    return [`${type}.json`, text({ $schema, $id: schemaUri(type), title: `data of ${type}`, ...schema })];
  });
  const { $schema, ...envelope } = z.toJSONSchema(ENVELOPE);
  return new Map([...ofTypes, ['envelope.json', text({ $schema, $id: 'urn:flashsale:schema:envelope', title: 'an event', ...envelope })]]);
}
