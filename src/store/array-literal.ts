/**
 * PostgreSQL array literals. Made here and sent as text because that costs the writer half of what node-postgres's own conversion of JS
 * arrays does, and the binary form gains nothing more (docs/decisions/0002-writer-path.md).
 */
export function numberArray(values: readonly (number | null)[]): string {
  // Array.join writes null as nothing, and an element that is nothing is no valid literal.
  return values.includes(null) ? `{${values.map((value) => value ?? 'null').join(',')}}` : `{${values.join(',')}}`;
}

/** For texts that are known to hold neither quote nor backslash: ids, statuses, names that a pattern has let through. */
export function wordArray(values: readonly string[]): string {
  // Quoted all the same: unquoted, a user called `null` would be none.
  return values.length === 0 ? '{}' : `{"${values.join('","')}"}`;
}

const NEEDS_ESCAPE = /["\\]/g;

export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'null' : `"${value.replace(NEEDS_ESCAPE, '\\$&')}"`)).join(',')}}`;
}
