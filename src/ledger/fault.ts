/** What does not hold, in plain words. */
export interface Wrong {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

type Shown = string | number | null;

export const wrong = (what: string, expected: Shown, found: Shown): Wrong => ({ what, expected: String(expected), found: String(found) });

/** Of one decision, or of a whole entry, which is then named by its first one. */
export interface Fault extends Wrong {
  readonly sequence: number;
  readonly offset: number;
}

/** The first thing that is wrong with a SKU. */
export interface Finding extends Wrong {
  readonly skuId: string;
  readonly table: 'ledger' | 'stock' | 'reservations';
  /** Of the decision that betrays it; null where no decision tells of it. */
  readonly sequence: number | null;
  readonly offset: number | null;
  readonly reservationId: string | null;
}

/** A finding as a sentence. */
export function describeFinding({ skuId, table, sequence, offset, reservationId, what, expected, found }: Finding): string {
  const place = [
    `SKU ${skuId}`,
    ...(sequence === null ? [] : [`sequence ${sequence}${offset === null ? '' : ` (offset ${offset})`}`]),
    ...(reservationId === null ? [] : [`reservation ${reservationId}`]),
  ];
  return `${place.join(', ')}, table ${table}: ${what}: expected ${expected}, found ${found}`;
}
