import type { Operation } from './operation.js';
import { ADMIN_SKU_OPERATIONS } from './operations/admin-skus.js';
import { HOLD_OPERATIONS } from './operations/holds.js';
import { OPERATOR_OPERATIONS } from './operations/operations.js';
import { RESERVATION_OPERATIONS } from './operations/reservations.js';
import { SERVICE_OPERATIONS } from './operations/service.js';
import { SKU_OPERATIONS } from './operations/skus.js';

/** Every operation of the service: a file for each group of routes. A test compares them with the routes, both ways. */
export const OPERATIONS: readonly Operation[] = [
  ...RESERVATION_OPERATIONS,
  ...HOLD_OPERATIONS,
  ...SKU_OPERATIONS,
  ...ADMIN_SKU_OPERATIONS,
  ...OPERATOR_OPERATIONS,
  ...SERVICE_OPERATIONS,
];
