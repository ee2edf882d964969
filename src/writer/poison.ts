import { type Command, isOperatorCommand } from '../domain/command.js';
import { UNAPPLICABLE } from '../ports/dead-letters.js';
import type { RawRecord } from '../ports/log.js';
import type { DeadLetter } from '../ports/store.js';
import type { Prepared } from './prepare.js';

/**
 * Records in a row that cannot be applied, at most: more of them are not their own fault, but the database's or the program's, and a whole
 * sale would be set aside.
 */
export const POISON_MAX = 3;

export class TooMuchPoison extends Error {
  constructor(cause: unknown) {
    const last = cause instanceof Error ? cause.message : String(cause);
    super(`more than ${POISON_MAX} records cannot be applied, and none between them could; the last: ${last}`, { cause });
    this.name = 'TooMuchPoison';
  }
}

export interface Pieces {
  /** Applies consecutive records. Null when they are; else what the database has against them. */
  readonly apply: (records: readonly RawRecord[]) => Promise<unknown>;
  /** Takes a record that cannot be applied out of the way. */
  readonly setAside: (record: RawRecord, fault: unknown) => Promise<void>;
}

interface Settled {
  readonly prepared: Prepared;
  readonly deadLetters: readonly DeadLetter[];
}

/** Finds by halving the records that make their statement fail, and sets them aside; their neighbours are applied in their order. */
export async function takeApart(records: readonly RawRecord[], pieces: Pieces): Promise<void> {
  const [first] = records;
  if (first === undefined) return;
  const fault = await pieces.apply(records);
  if (fault === null) return;
  if (records.length === 1) return await pieces.setAside(first, fault);
  const middle = Math.ceil(records.length / 2);
  await takeApart(records.slice(0, middle), pieces);
  await takeApart(records.slice(middle), pieces);
}

/**
 * In place of the decision about a record its dead letter. None where the record is decided by now, or set aside by somebody else: what was
 * read of its SKU tells. Where that happens only after the read, the letter loses its race, and all is read again.
 */
export function inItsPlace<T extends Settled>(decided: T, raw: RawRecord, partition: number): T {
  const { prepared, deadLetters } = decided;
  const letters = [...prepared.batches.values()].flatMap(({ decisions }) =>
    decisions.map(({ record }) => unapplicable(raw, partition, record.command)),
  );
  return { ...decided, prepared: { ...prepared, batches: new Map() }, deadLetters: [...deadLetters, ...letters] };
}

/** Its dead letter, with the reservation that whoever asks for it is then not told does not exist. */
function unapplicable(record: RawRecord, partition: number, command: Command): DeadLetter {
  const reservationId = isOperatorCommand(command) ? null : command.reservationId;
  return { ...record, partition, reason: UNAPPLICABLE, reservationId, unapplicableTo: command.skuId };
}
