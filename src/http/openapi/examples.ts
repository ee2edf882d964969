import type { Issuer, ReservationId, SkuId, UserId } from '../../domain/ids.js';
import { unknownStock } from '../../domain/stock.js';
import type { ReservationView } from '../../ports/hints.js';
import { queuedJson, reservationJson } from '../reservation-json.js';
import { skuJson } from '../sku-answers.js';

const AT = Date.UTC(2030, 0, 31, 18);
const SKU = 'sneaker-42' as SkuId;

const queued: ReservationView = {
  reservationId: '0190b7a0-0000-8000-8000-000000000000' as ReservationId,
  skuId: SKU,
  issuer: 'storefront:shop' as Issuer,
  userId: 'alice' as UserId,
  quantity: 1,
  status: 'QUEUED',
  reason: null,
  sequence: null,
  version: 0,
  queuedAt: AT,
  decideBy: AT + 30_000,
  decidedAt: null,
  expiresAt: null,
  confirmedAt: null,
  paymentReference: null,
};
const reserved: ReservationView = {
  ...queued,
  ...{ status: 'RESERVED', sequence: 7, version: 7, decidedAt: AT + 12, expiresAt: AT + 600_012 },
};
const stub = unknownStock(SKU, 0);

/** One reservation through its life, and its SKU: rendered by what renders answers. */
export const EXAMPLES = {
  queued: queuedJson(queued, { position: 3, estimatedWaitMs: 5 }),
  reserved: reservationJson(reserved),
  confirmed: reservationJson({ ...reserved, status: 'CONFIRMED', version: 9, confirmedAt: AT + 5_000, paymentReference: 'pi_1' }),
  cancelled: reservationJson({ ...reserved, status: 'CANCELLED', version: 9 }),
  extended: reservationJson({ ...reserved, version: 8, expiresAt: AT + 900_012 }),
  pending: (what: 'confirm' | 'cancel' | 'extend') => ({ ...reservationJson(reserved), pending: what }),
  sku: skuJson({
    ...stub,
    ...{ total: 500, reserved: 2, confirmed: 1, sequence: 9, version: 3 },
    settings: {
      ...stub.settings,
      ...{ name: 'Sneaker', state: 'OPEN', perUserLimit: 2, maxQuantity: 2, holdSeconds: 600, maxExtendSeconds: 600, opensAt: AT },
    },
  }),
} as const;
