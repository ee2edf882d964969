import type { Express } from 'express';
import type { PartitionStatus, SaleState, ServiceStatus, WaitingLetters } from '../../ports/operations.js';
import { methodNotAllowed, openToScope } from '../endpoint.js';
import type { Operations } from '../operations.js';
import { type Answer, sendJson } from '../respond.js';
import type { Credentials } from '../services.js';

type Dependencies = Credentials & { readonly operations: Pick<Operations, 'serviceStatus'> };

/** GET /v1/admin/status: 200 whatever is away; what could not be asked is null and named. */
export function adminStatusRoute(app: Express, deps: Dependencies): void {
  app
    .route('/v1/admin/status')
    .get(openToScope(deps, 'admin', async (_req, res) => show(res, await deps.operations.serviceStatus())))
    .all(methodNotAllowed('GET, HEAD'));
}

function show(res: Answer, { asOf, partitions, sale, deadLetters, breakers, ...figures }: ServiceStatus): undefined {
  res.setHeader('Cache-Control', 'no-store');
  sendJson(res, 200, {
    asOf: timeOf(asOf),
    ...figures,
    sale: sale === null ? null : saleJson(sale),
    deadLetters: deadLetters === null ? null : lettersJson(deadLetters),
    breakers: Object.fromEntries(Object.entries(breakers).map(([name, isOpen]) => [name, isOpen ? 'open' : 'closed'])),
    partitions: partitions.map(partitionJson),
  });
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const saleJson = ({ since, ...sale }: SaleState): object => ({ ...sale, since: timeOf(since) });

const lettersJson = ({ waiting, oldestStoredAt }: WaitingLetters): object => ({ waiting, oldestStoredAt: timeOf(oldestStoredAt) });

const partitionJson = ({ appliedThrough, ...partition }: PartitionStatus): object => ({
  ...partition,
  appliedThrough: timeOf(appliedThrough),
});
