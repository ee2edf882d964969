import { isUtf8 } from 'node:buffer';
import { Problem } from './problem.js';

/** Nothing this service takes is nested deeper than 2. */
const DEPTH_MAX = 8;

/**
 * JSON that means one thing only: JSON.parse takes the last of two equal names and turns bytes that are not UTF-8 into U+FFFD, so two
 * programs could read the same body differently. Such bodies are refused, as are `__proto__` and anything but an object.
 */
export function parseStrictJson(bytes: Buffer): Record<string, unknown> | Problem {
  if (bytes.length === 0) return new Problem('INVALID_BODY', 'The body is empty.');
  if (!isUtf8(bytes)) return new Problem('MALFORMED_JSON', 'The body is not valid UTF-8.');
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new Problem('MALFORMED_JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new Problem('INVALID_BODY', 'The body must be a JSON object.');
  const names = countNames(text);
  if (names === null) return new Problem('INVALID_BODY', 'The body is nested too deeply.');
  const kept = countKept(value);
  if (kept === null) return new Problem('INVALID_BODY', 'The body has a property named "__proto__".');
  if (kept !== names) return new Problem('INVALID_BODY', 'The body names a property twice.');
  return value as Record<string, unknown>;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** How many properties a valid JSON text names (colons outside strings); null when it is nested too deeply. */
function countNames(text: string): number | null {
  let names = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === COLON) names++;
    else if (char === 0x7b || char === 0x5b) {
      depth++;
      if (depth > DEPTH_MAX) return null;
    } else if (char === 0x7d || char === 0x5d) depth--;
  }
  return names;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

/** How many properties are left after parsing: fewer than named when one came twice. Null when one is `__proto__`. Depth is bounded. */
function countKept(value: object): number | null {
  let kept = 0;
  const isArray = Array.isArray(value);
  for (const [name, child] of Object.entries(value)) {
    if (name === '__proto__') return null;
    if (!isArray) kept++;
    if (typeof child !== 'object' || child === null) continue;
    const below = countKept(child);
    if (below === null) return null;
    kept += below;
  }
  return kept;
}
