import type { Offset } from '../domain/ids.js';
import type { LetterBytes, LetterPosition, LetterState, ListedLetter } from '../ports/dead-letters.js';

const ID_PATTERN = /^(0|[1-9]\d{0,8})-(0|[1-9]\d{0,14})$/;
/** Of a record, shown; all its bytes are in the database. */
const SHOWN_BYTES = 64 * 1024;

/** Its place in the log, by which operators name a dead letter. */
export const letterId = ({ partition, offset }: LetterPosition): string => `${partition}-${offset}`;

export function letterPosition(id: unknown): LetterPosition | null {
  const [, partition, offset] = (typeof id === 'string' && ID_PATTERN.exec(id)) || [];
  return partition === undefined || offset === undefined ? null : { partition: Number(partition), offset: Number(offset) as Offset };
}

export function letterJson(letter: ListedLetter): object {
  const { partition, offset, reason, reservationId, bytes, storedAt, publishedAt, redriven, redrivenTo, dismissed } = letter;
  return {
    id: letterId(letter),
    ...{ partition, offset, state: stateOf(letter), reason, reservationId, bytes },
    storedAt: iso(storedAt),
    publishedAt: publishedAt === null ? null : iso(publishedAt),
    redriven: redriven === null ? null : { at: iso(redriven.at), by: redriven.by, ...redrivenTo },
    dismissed: dismissed === null ? null : { ...dismissed, at: iso(dismissed.at) },
  };
}

/** With what is in it. */
export const wholeLetterJson = (letter: ListedLetter & LetterBytes): object => ({
  ...letterJson(letter),
  key: bytesJson(letter.key),
  value: bytesJson(letter.value),
});

const stateOf = ({ redriven, dismissed }: ListedLetter): LetterState =>
  redriven !== null ? 'REDRIVEN' : dismissed !== null ? 'DISMISSED' : 'WAITING';

const iso = (ms: number): string => new Date(ms).toISOString();

/** `text`: null where the bytes are no UTF-8, or are not shown whole. */
function bytesJson(bytes: Buffer | null): object | null {
  if (bytes === null) return null;
  const isCut = bytes.length > SHOWN_BYTES;
  const shown = isCut ? bytes.subarray(0, SHOWN_BYTES) : bytes;
  return { bytes: bytes.length, text: isCut ? null : textOf(bytes), base64: shown.toString('base64'), isCut };
}

function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
