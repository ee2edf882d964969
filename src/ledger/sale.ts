import type { DecidedStatus } from '../domain/reservation.js';
import type { SkuSettings } from '../domain/stock.js';
import { Buyers } from './buyers.js';
import { Holds } from './holds.js';
import type { Made } from './made.js';

/** A row as its first decision made it. */
export interface MadeRow extends Made {
  readonly reservationId: string;
  readonly status: DecidedStatus;
  readonly expiresAt: number | null;
}

/** What a later decision changes of a row; what is not named stays. */
export interface RowChange {
  readonly version: number;
  readonly status?: DecidedStatus;
  readonly expiresAt?: number | null;
  readonly confirmedAt?: number;
  readonly paymentReference?: string;
  readonly extensionId?: string;
}

/** Is told what the ledger does to rows, in its order: the replay itself keeps digests only. */
export interface RowListener {
  made(row: MadeRow): void;
  changed(reservationId: string, change: RowChange): void;
}

/** Memory of a replay, used for one SKU after the other. */
export interface ReplayMemory {
  readonly holds: Holds;
  readonly buyers: Buyers;
}

export const newReplayMemory = (): ReplayMemory => ({ holds: new Holds(), buyers: new Buyers() });

/** A SKU in the middle of its replay; changed in place, line by line. */
export interface Sale extends ReplayMemory {
  readonly skuId: string;
  total: number;
  reserved: number;
  confirmed: number;
  settings: SkuSettings;
  /** Sequence of its last `configure`. */
  version: number;
  /** Of the line that is replayed. */
  sequence: number;
  /** Moment of its entry, epoch milliseconds. */
  now: number;
  /** Ids of the operators' commands: few, so strings. */
  readonly operations: Set<string>;
  readonly listener: RowListener | null;
}

export const availableIn = ({ total, reserved, confirmed }: Sale): number => total - reserved - confirmed;
export const isStub = ({ settings }: Sale): boolean => settings.state === 'UNKNOWN';
