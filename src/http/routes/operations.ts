import type { Express } from 'express';
import type { AppDependencies } from '../services.js';
import { adminAuditRoutes } from './admin-audit.js';
import { adminDeadLetterRoutes } from './admin-dead-letters.js';
import { adminSaleRoutes } from './admin-sale.js';
import { adminStatusRoute } from './admin-status.js';

/** What operators do and see that is about the whole service. */
export function operationRoutes(app: Express, deps: AppDependencies): void {
  adminSaleRoutes(app, deps);
  adminDeadLetterRoutes(app, deps);
  adminAuditRoutes(app, deps);
  adminStatusRoute(app, deps);
}
