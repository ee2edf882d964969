import { readSale } from '../audit/halt.js';
import { type SaleWatch, startSaleWatch } from '../audit/sale-watch.js';
import { plainPool } from '../connections/postgres.js';
import type { SaleState } from '../ports/operations.js';
import { createTrouble } from '../telemetry/trouble.js';
import type { RoleContext, RunningRole } from './role.js';

/** Of one look at one row: a connection that has died without a word is noticed within two seconds more. */
const LOOK_TIMEOUT_MS = 1_000;

export interface RunningSaleWatch extends RunningRole {
  readonly watch: Pick<SaleWatch, 'isHalted' | 'learn'>;
}

/**
 * Watches whether the sale is halted, on a connection of its own: a halt must get through where all others wait.
 * @throws where it cannot be read at first
 */
export async function startWatchingSale({ config, clock, log, metrics }: RoleContext): Promise<RunningSaleWatch> {
  const pool = plainPool({ ...config.postgres, statementTimeoutMs: LOOK_TIMEOUT_MS }, { name: 'sale', connections: 1 }, log);
  const trouble = createTrouble(log, 'the state of the sale cannot be read; the last one holds');
  let told: SaleState['state'] = 'RUNNING';
  const onState = (state: SaleState['state']): void => {
    metrics.saleHalted.set(state === 'HALTED' ? 1 : 0);
    if (state === told) return;
    told = state;
    if (state === 'HALTED') log.warn('the sale is halted: no new reservation is taken');
    else log.info('the sale goes on');
  };
  const onRead = (failure: unknown): void => (failure === null ? trouble.over('sale') : trouble.failed('sale', failure));
  const watch = await startSaleWatch({ read: () => readSale(pool), clock, onState, onRead });
  return {
    watch,
    async stop() {
      await watch.stop();
      await pool.end();
    },
  };
}
