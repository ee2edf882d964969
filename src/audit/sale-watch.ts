import type { SaleState } from '../ports/operations.js';
import type { Clock } from '../ports/runtime.js';

/** A halt is known everywhere within this and the time of one read. */
const EVERY_MS = 250;

export interface SaleWatchDependencies {
  readonly read: () => Promise<SaleState>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly onState: (state: SaleState['state']) => void;
  /** Told after each read; null: it succeeded. */
  readonly onRead: (failure: unknown) => void;
}

export interface SaleWatch {
  /** By the last read that succeeded: a database that is away halts nothing, and resumes nothing. */
  isHalted(): boolean;
  /** What this process itself has just made of it. */
  learn(sale: SaleState): void;
  stop(): Promise<void>;
}

/**
 * Reads the state of the sale again and again. Resolves after the first read: whoever does not know whether the sale is halted takes nothing.
 * @throws where that one fails
 */
export async function startSaleWatch({ read, clock, onState, onRead }: SaleWatchDependencies): Promise<SaleWatch> {
  const ending = new AbortController();
  let known = await read();
  onState(known.state);
  let learned = 0;
  const learn = (sale: SaleState): void => {
    learned += 1;
    known = sale;
    onState(sale.state);
  };

  async function look(): Promise<void> {
    const before = learned;
    const sale = await read();
    // A read that was under way while the sale was turned here may be older than that. Not told by `since`: clocks are set back.
    if (before === learned) learn(sale);
  }

  async function watch(): Promise<void> {
    for (;;) {
      await clock.sleep(EVERY_MS, ending.signal);
      if (ending.signal.aborted) return;
      try {
        await look();
        onRead(null);
      } catch (error) {
        if (!ending.signal.aborted) onRead(error ?? new Error('the state of the sale was not read'));
      }
    }
  }
  const watching = watch();

  return {
    isHalted: () => known.state === 'HALTED',
    learn,
    async stop() {
      ending.abort();
      await watching;
    },
  };
}
