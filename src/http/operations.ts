import type {
  DeskAnswer,
  LetterBytes,
  LetterFilter,
  LetterPosition,
  ListedLetter,
  PassRequest,
  PassStep,
  RedriveAnswer,
} from '../ports/dead-letters.js';
import type { Actor, RecountRecord, SaleState, ServiceStatus } from '../ports/operations.js';

/** What operators do and see that is no command about a SKU. A rejected promise is an outage. */
export interface Operations {
  readonly readSale: () => Promise<SaleState>;
  readonly haltSale: (by: Actor, reason: string) => Promise<SaleState>;
  readonly resumeSale: (by: Actor, reason: string | null) => Promise<SaleState>;
  /** By partition and offset. */
  readonly listLetters: (filter: LetterFilter, after: LetterPosition | null, limit: number) => Promise<readonly ListedLetter[]>;
  readonly findLetter: (position: LetterPosition) => Promise<(ListedLetter & LetterBytes) | null>;
  readonly redriveLetter: (position: LetterPosition, by: Actor) => Promise<RedriveAnswer>;
  readonly redriveLetters: (request: PassRequest, by: Actor) => Promise<PassStep>;
  readonly dismissLetter: (position: LetterPosition, by: Actor, reason: string) => Promise<DeskAnswer>;
  readonly lastRecount: () => Promise<{ readonly last: RecountRecord<object> | null; readonly isRunning: boolean }>;
  /** Null: one is under way already. */
  readonly runRecount: (by: Actor) => Promise<{ readonly result: Promise<RecountRecord<object>> } | null>;
  /** Never rejected: what could not be asked is named in it. */
  readonly serviceStatus: () => Promise<ServiceStatus>;
}
