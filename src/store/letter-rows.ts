import type { Millis, Offset } from '../domain/ids.js';
import type { ListedLetter, Redriven } from '../ports/dead-letters.js';

export interface PlaceRow {
  readonly topic: string;
  readonly partition: number;
  readonly log_offset: Offset;
}

export interface RedrivenRow {
  readonly redriven_at: Millis | null;
  readonly redriven_by: string | null;
}

export interface ListedRow extends PlaceRow, RedrivenRow {
  readonly reason: string;
  readonly reservation_id: string | null;
  readonly bytes: number;
  readonly stored_at: Millis;
  readonly published_at: Millis | null;
  readonly redriven_partition: number | null;
  readonly redriven_offset: Offset | null;
  readonly dismissed_at: Millis | null;
  readonly dismissed_by: string | null;
  readonly dismissed_reason: string | null;
}

export const placeOf = ({ topic, partition, log_offset }: PlaceRow) => ({ topic, partition, offset: log_offset });

export const redrivenOf = ({ redriven_at: at, redriven_by: by }: RedrivenRow): Redriven | null =>
  at === null ? null : { at, by: by ?? '' };

export function listedOf(row: ListedRow): ListedLetter {
  const { redriven_partition: partition, redriven_offset: offset, dismissed_at: at, dismissed_by: by, dismissed_reason: reason } = row;
  return {
    ...placeOf(row),
    reason: row.reason,
    reservationId: row.reservation_id,
    bytes: row.bytes,
    storedAt: row.stored_at,
    publishedAt: row.published_at,
    redriven: redrivenOf(row),
    redrivenTo: partition === null || offset === null ? null : { partition, offset },
    dismissed: at === null ? null : { at, by: by ?? '', reason: reason ?? '' },
  };
}
