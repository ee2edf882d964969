/**
 * A PostgreSQL array literal. Made here and sent as text because that costs the writer half of what node-postgres's own conversion of
 * JS arrays does, and the binary form gains nothing more (measured: docs/decisions/0002-the-writer.md).
 */
export function numberArray(values: readonly (number | null)[]): string {
  let literal = '{';
  for (let at = 0; at < values.length; at += 1) literal += at === 0 ? (values[at] ?? 'null') : `,${values[at] ?? 'null'}`;
  return `${literal}}`;
}

const NEEDS_ESCAPE = /["\\]/g;

/** Every element quoted, so that the words `null` and the empty string stay what they are. */
export function textArray(values: readonly (string | null)[]): string {
  let literal = '{';
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? null;
    if (at > 0) literal += ',';
    literal += value === null ? 'null' : `"${value.replace(NEEDS_ESCAPE, '\\$&')}"`;
  }
  return `${literal}}`;
}
