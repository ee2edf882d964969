import type { LogRecord } from '../domain/command.js';
import type { RawRecord } from '../ports/log.js';
import type { DeadLetter } from '../ports/store.js';
import { decodeRecord, type Place } from './codec.js';

export interface DecodedChunk {
  readonly commands: readonly LogRecord[];
  readonly deadLetters: readonly DeadLetter[];
}

/** Splits a chunk into commands and dead letters: each record is one or the other. */
export function decodeChunk(records: readonly RawRecord[], place: Place): DecodedChunk {
  const commands: LogRecord[] = [];
  const deadLetters: DeadLetter[] = [];
  for (const raw of records) {
    const decoded = decodeRecord(raw, place);
    if (decoded.ok) commands.push(decoded.record);
    else deadLetters.push({ ...raw, partition: place.partition, reason: decoded.reason, reservationId: decoded.reservationId });
  }
  return { commands, deadLetters };
}
